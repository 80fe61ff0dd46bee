#include "cache/flight/blocks.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

/* Many answers fit in 2 KiB. Each further block is twice as large as the one before. 16 KiB is what
 * libcurl reads at once (CURL_MAX_WRITE_SIZE). */
enum { SMALLEST = 2 << 10, LARGEST = 16 << 10 };

static void drop_first(struct blocks *l)
{
	struct block *b = l->first;
	l->first = b->next;
	if (!l->first)
		l->last = NULL;
	if (b->charged)
		store_release(l->ledger, b->charged);
	l->charged -= b->charged;
	budget_give(l->budget, b->taken);
	free(b);
}

void blocks_finish(struct blocks *l)
{
	while (l->first)
		drop_first(l);
}

/* Charges a new block to the ledger or, if the ledger is closed or refuses it, to the budget. */
static void charge(struct blocks *l, struct block *b, bool *ret_refused)
{
	size_t bytes = memory_occupied(b);
	bool asked = l->ledger && !l->closed;
	if (asked && store_reserve(l->ledger, bytes)) {
		b->charged = bytes;
		l->charged += bytes;
		return;
	}
	*ret_refused = *ret_refused || asked;
	b->taken = bytes;
	budget_force(l->budget, bytes);
}

static bool add_block(struct blocks *l, bool *ret_refused)
{
	size_t size = l->last ? 2 * (sizeof *l->last + l->last->room) : SMALLEST;
	if (size > LARGEST)
		size = LARGEST;
	struct block *b = malloc(size);
	if (!b)
		return false;
	*b = (struct block){.start = l->total, .room = size - sizeof *b};
	charge(l, b, ret_refused);
	*(l->last ? &l->last->next : &l->first) = b;
	l->last = b;
	return true;
}

bool blocks_append(struct blocks *l, struct slice bytes, bool *ret_refused)
{
	while (bytes.len) {
		bool full = !l->last || l->total == l->last->start + l->last->room;
		if (full && !add_block(l, ret_refused))
			return false;
		size_t from = l->total - l->last->start;
		size_t room = l->last->room - from;
		size_t n = bytes.len < room ? bytes.len : room;
		memcpy(l->last->bytes + from, bytes.at, n);
		l->total += n;
		bytes = slice_after(bytes, n);
	}
	return true;
}

void blocks_close(struct blocks *l)
{
	l->closed = true;
}

void blocks_drop(struct blocks *l, size_t floor)
{
	while (l->first != l->last && l->first->next->start < floor)
		drop_first(l);
}

struct block *blocks_copy(struct block *from, size_t position, size_t n, char *at)
{
	for (;;) {
		size_t skipped = position - from->start;
		size_t part = from->room - skipped < n ? from->room - skipped : n;
		memcpy(at, from->bytes + skipped, part);
		at += part;
		position += part;
		n -= part;
		if (n == 0)
			return from;
		from = from->next;
	}
}

void blocks_check(const struct blocks *l)
{
	ensure(!l->first == !l->last);
	size_t at = l->first ? l->first->start : l->total;
	size_t charged = 0;
	for (const struct block *b = l->first; b; b = b->next) {
		ensure(b->start == at && b->start < l->total);
		ensure(b->next || b == l->last);
		at += b->room;
		charged += b->charged;
	}
	ensure(at >= l->total);
	ensure(charged == l->charged && (!charged || l->ledger));
}
