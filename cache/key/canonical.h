/* The canonical form of a JSON object: the one spelling that equal requests have in common.
 *
 * Injective, typed, length-prefixed bytes: two texts have the same form only if they are the same
 * value, member order included wherever order could matter. When unsure they differ.
 *
 * - Strings are decoded. No Unicode normalization, no case folding, no trimming.
 * - Members are sorted only in places that the caller names; arrays are never sorted.
 * - Numbers that are members of the outermost object compare by exact decimal value: 1, 1.0 and
 *   10e-1 are one, 9007199254740993 and 9007199254740992 are two, 0 and -0 are two. From 2^53 on an
 *   integer and a fraction are two as well (decimal.h). Elsewhere the spelling counts.
 * - null, absent and a default are different.
 *
 * Threads: one at a time per struct canonical. */
#pragma once

#include "base/buf.h"
#include "cache/key/json_scan.h"

/* A place is a small number for where in a document we are; the caller's table says how one gets
 * from one to the next, from an object by a member's name and from an array by NULL:
 *
 *     {PLACE_TOP, "messages", MESSAGES}, {MESSAGES, NULL, MESSAGE}
 *
 * Members of an object in a place are sorted, an array only leads on. A place whose elements lead
 * on is one of arrays: an object there is not sorted. PLACE_ORDERED is everywhere that no step
 * leads to, and all beneath it. PLACE_TOP is the outermost object. */
enum { PLACE_ORDERED = 0, PLACE_TOP = 1 };

struct canonical_step {
	uint8_t from;
	const char *member; /* a member's decoded name; NULL: any element of an array */
	uint8_t to;
};

struct canonical_member {
	unsigned depth;	  /* containers around it; 1: a member of the outermost object */
	struct slice key; /* decoded; valid during the call. at == NULL: an element of an array */
	enum json_kind kind;
	struct slice value; /* scalars: strings decoded, numbers as spelled; valid during the call.
			     * Containers: empty, where they begin in the text; their members come
			     * next. */
};

struct canonical_rules {
	const struct canonical_step *steps; /* ends with from == 0; NULL: only the top is sorted */
	/* Whether a member of the outermost object stays out of the form. Its value is still
	 * checked and shown to on_value. May be NULL. */
	bool (*left_out)(void *context, struct slice key);
	/* Sees every value but the outermost one, members and elements of arrays, at every depth in
	 * the order of the text, once its kind is known; a member that stands there twice, twice.
	 * May be NULL. */
	void (*on_value)(void *context, const struct canonical_member *member);
	void *context;
};

enum canonical_result {
	CANONICAL_FINE,
	CANONICAL_INVALID,    /* not JSON; or too deep, or too many values (canonical_fault says) */
	CANONICAL_DUPLICATE,  /* a member twice, after unescaping, at any depth */
	CANONICAL_NOT_OBJECT, /* valid, but the outermost value is no object */
	CANONICAL_NO_MEMORY,  /* the form outgrew out's limit */
};

struct canonical;

struct canonical *canonical_create(void);
void canonical_destroy(struct canonical **c);

/* Appends the form of the text to *out. On failure *out is as it was, although on_value may have
 * been called. A text is read to its end whatever is wrong with its members, so INVALID goes before
 * DUPLICATE and NOT_OBJECT; only NO_MEMORY ends it at once. What is left out needs room in *out
 * while it is read. Takes n log n steps for an object of n members, and is linear otherwise. Keeps
 * at most 1 MiB in each of three buffers from call to call. */
MUST_CHECK enum canonical_result canonical_form(struct canonical *c, struct slice text,
						const struct canonical_rules *rules,
						struct buf *out);

/* Of the last CANONICAL_INVALID. */
enum json_fault canonical_fault(const struct canonical *c);
