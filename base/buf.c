#include "base/buf.h"

#include "base/budget.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALLEST = 64 };

void buf_finish(struct buf *b)
{
	if (!b)
		return;
	bill_credit(b->cap);
	free(b->at);
	*b = buf_make(b->limit);
}

bool buf_reserve(struct buf *b, size_t more)
{
	if (more <= b->cap - b->len)
		return true;
	if (more > b->limit - b->len)
		return false;
	size_t need = b->len + more;
	size_t cap = b->cap ? b->cap : SMALLEST;
	while (cap < need)
		cap = cap > b->limit / 2 ? b->limit : cap * 2;
	if (cap > b->limit)
		cap = b->limit;
	if (!bill_charge(cap - b->cap))
		return false;
	char *at = realloc(b->at, cap);
	if (!at) {
		bill_credit(cap - b->cap);
		return false;
	}
	b->at = at;
	b->cap = cap;
	return true;
}

bool buf_append(struct buf *b, const void *at, size_t len)
{
	if (len == 0)
		return true;
	if (!buf_reserve(b, len))
		return false;
	memcpy(b->at + b->len, at, len);
	b->len += len;
	return true;
}

bool buf_append_slice(struct buf *b, struct slice s)
{
	return buf_append(b, s.at, s.len);
}

bool buf_append_text(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

bool buf_append_byte(struct buf *b, char byte)
{
	return buf_append(b, &byte, 1);
}

bool buf_printf(struct buf *b, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	va_list again;
	va_copy(again, list);
	int len = vsnprintf(NULL, 0, format, list);
	va_end(list);
	/* vsnprintf adds a NUL, which needs room but is not part of the contents. */
	bool fits = len >= 0 && buf_reserve(b, (size_t)len + 1);
	if (fits) {
		vsnprintf(b->at + b->len, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	}
	va_end(again);
	return fits;
}

void buf_recycle(struct buf *b, size_t keep)
{
	buf_clear(b);
	if (b->cap > keep)
		buf_finish(b);
}

void buf_drop_front(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->at, b->at + n, b->len);
}

char *buf_take(struct buf *b)
{
	char *at = b->at;
	*b = buf_make(b->limit);
	return at;
}
