/* The canonical form of a JSON object: the same bytes for all texts of equal requests.
 *
 * It is injective, typed and length-prefixed: two texts have the same form only if they are the
 * same value, with members in the same order wherever order could matter. In case of doubt the
 * forms differ.
 *
 * - Strings are decoded. No Unicode normalization, no case folding, no trimming.
 * - Members are sorted only in places that the caller specifies; arrays are never sorted.
 * - Numbers that are members of the outermost object compare by exact decimal value: 1, 1.0 and
 *   10e-1 are equal; 9007199254740993 and 9007199254740992 differ; 0 and -0 differ. From 2^53 on an
 *   integer and a fraction differ as well (decimal.h). All other numbers compare by spelling.
 * - null, an absent member and a default value differ.
 *
 * Threads: one at a time per struct canonical. */
#pragma once

#include "base/buf.h"
#include "cache/key/json_scan.h"

/* A place is a number for a location in a document. The caller's table gives the steps from one
 * place to the next: from an object by a member's name, from an array by NULL:
 *
 *     {PLACE_TOP, "messages", MESSAGES}, {MESSAGES, NULL, MESSAGE}
 *
 * The members of an object in a place are sorted. A place that has a step for array elements is a
 * place for arrays: an object there is not sorted. PLACE_ORDERED is every location that no step
 * leads to, and everything inside it. PLACE_TOP is the outermost object. */
enum { PLACE_ORDERED = 0, PLACE_TOP = 1 };

struct canonical_step {
	uint8_t from;
	const char *member; /* a member's decoded name; NULL: any element of an array */
	uint8_t to;
};

struct canonical_member {
	unsigned depth;	  /* number of enclosing containers; 1: a member of the outermost object */
	struct slice key; /* decoded; valid during the call. at == NULL: an array element */
	enum json_kind kind;
	struct slice value; /* scalars: strings decoded, numbers as spelled; valid during the call.
			     * Containers: an empty slice at their beginning in the text; their
			     * members are reported next. */
};

struct canonical_rules {
	const struct canonical_step *steps; /* ends with from == 0; NULL: only the top is sorted */
	/* Whether to leave a member of the outermost object out of the form. Its value is still
	 * checked and passed to on_value. May be NULL. */
	bool (*left_out)(void *context, struct slice key);
	/* Called for every value but the outermost one, at every depth and in the order of the
	 * text, for members as for array elements, duplicates included. May be NULL. */
	void (*on_value)(void *context, const struct canonical_member *member);
	void *context;
};

enum canonical_result {
	CANONICAL_FINE,
	CANONICAL_INVALID,   /* not JSON, nested too deeply, or too many values (canonical_fault) */
	CANONICAL_DUPLICATE, /* an object, at any depth, has two members of the same decoded name */
	CANONICAL_NOT_OBJECT, /* valid, but the outermost value is not an object */
	CANONICAL_NO_MEMORY,  /* *out reached its limit, or out of memory */
};

struct canonical;

struct canonical *canonical_create(void);
void canonical_destroy(struct canonical **c);

/* Appends the canonical form of the text to *out. On failure the contents of *out are as before,
 * but on_value may have been called. The text is read to its end even if there are duplicates or it
 * is not an object, so INVALID takes precedence over DUPLICATE and NOT_OBJECT; only NO_MEMORY stops
 * at once. Members that are left out need room in *out while they are read. Takes n log n steps for
 * an object of n members, and is linear otherwise. Keeps at most 1 MiB in each of three buffers
 * between calls. */
MUST_CHECK enum canonical_result canonical_form(struct canonical *c, struct slice text,
						const struct canonical_rules *rules,
						struct buf *out);

/* The fault of the last call of canonical_form, if it returned CANONICAL_INVALID. */
enum json_fault canonical_fault(const struct canonical *c);
