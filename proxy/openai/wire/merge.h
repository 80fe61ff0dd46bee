/* Merge: how the deltas of a stream come together. What is known to be a delta (a table in merge.c,
 * of the APIs' documentation) is continued:
 *
 *     text                  appended
 *     list                  appended; a list of parts: the part of the same index is continued
 *     object                member by member
 *
 * All else is said once, however often it comes: absent, null or empty is replaced by what comes
 * later, the same again stays, and anything else is refused, because nobody knows what it means.
 *
 * Private to this room. Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/json_tree.h"

/* A merged object is searched member by member, a list element by element. Where there are more, so
 * that this would take long, nothing is merged. */
enum { MERGE_MEMBERS = 256, MERGE_ELEMENTS = 1024 };

/* Where a value stands, which says what of it is known. */
enum merge_place {
	MERGE_NOWHERE, /* nothing is */
	MERGE_EVENT,   /* an event, around its choices */
	MERGE_CHOICE,  /* a choice, around its delta */
	MERGE_DELTA,
	MERGE_LOGPROBS,
	MERGE_CALL,
	MERGE_FUNCTION,
	MERGE_CUSTOM,
	MERGE_AUDIO,
	MERGE_DETAIL, /* of reasoning */
};

/* Merges a member that hangs nowhere into the one of its name, or appends it; its nodes are used
 * up. The object stands in that place. False: they do not go together, or there are too many
 * members; the object is spoilt then. */
MUST_CHECK bool merge_member(struct json_node *object, struct json_node *member,
			     enum merge_place place);
