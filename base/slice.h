/* A slice: a pointer to bytes and their number. It does not own the bytes, and they may include
 * NUL. Threads: any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
	const char *at;
	size_t len;
};

/* An initializer for a slice of a string literal, also for static objects. */
#define SLICE(literal)                                                                             \
	{                                                                                          \
		.at = (literal), .len = sizeof(literal) - 1                                        \
	}

/* printf("%.*s", SLICE_FMT(s)) */
#define SLICE_FMT(s) (int)(s).len, (s).at

static inline struct slice slice_of(const char *text)
{
	return (struct slice){text, text ? strlen(text) : 0};
}

static inline struct slice slice_make(const void *at, size_t len)
{
	return (struct slice){at, len};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_of(text));
}

/* Whether it is one of so many texts, or slices; the macros count the rows of a table. */
static inline bool slice_is_one_of(struct slice a, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(a, texts[i]))
			return true;
	return false;
}

static inline bool slice_equals_one_of(struct slice a, const struct slice *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(a, others[i]))
			return true;
	return false;
}

#define SLICE_IS_AMONG(a, texts) slice_is_one_of(a, texts, sizeof(texts) / sizeof((texts)[0]))
#define SLICE_EQUALS_AMONG(a, others)                                                              \
	slice_equals_one_of(a, others, sizeof(others) / sizeof((others)[0]))

/* Ignores ASCII case, as in header names and directives. */
static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_is_nocase(struct slice a, const char *text)
{
	return slice_equal_nocase(a, slice_of(text));
}

static inline bool slice_starts(struct slice a, struct slice prefix)
{
	return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.at, prefix.at, prefix.len) == 0);
}

/* The rest of a after its first n bytes; n is at most a.len. Adding even 0 to NULL is undefined
 * (C17 6.5.6). */
static inline struct slice slice_after(struct slice a, size_t n)
{
	return (struct slice){n ? a.at + n : a.at, a.len - n};
}

/* Removes spaces and tabs from both ends (OWS, RFC 9110 §5.6.3). */
static inline struct slice slice_trim(struct slice a)
{
	while (a.len && (a.at[0] == ' ' || a.at[0] == '\t'))
		a = slice_after(a, 1);
	while (a.len && (a.at[a.len - 1] == ' ' || a.at[a.len - 1] == '\t'))
		a.len--;
	return a;
}

/* Returns the part of *rest before the first `mark`, or all of it if there is none, and moves *rest
 * past the mark. After the last part, rest->at is NULL. */
static inline struct slice slice_cut(struct slice *rest, char mark)
{
	const char *end = rest->len ? memchr(rest->at, mark, rest->len) : NULL;
	struct slice part = *rest;
	if (!end) {
		*rest = (struct slice){NULL, 0};
		return part;
	}
	part.len = (size_t)(end - rest->at);
	*rest = slice_after(*rest, part.len + 1);
	return part;
}
