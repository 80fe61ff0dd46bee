/* Merge: joins the deltas of a stream. Members that are known as deltas (a table in merge.c, from
 * the APIs' documentation) are continued:
 *
 *     text                  appended
 *     list                  appended; in a list of parts, the part with the same index is continued
 *     object                member by member
 *
 * All other members are expected to have one value, even if they come several times: an absent,
 * null or empty value is replaced by a later one, an equal value changes nothing, and a different
 * value makes the merge fail, because its meaning is unknown.
 *
 * Private to wire/. Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/json_tree.h"

/* Most members of an object and most elements of a list of parts that are merged. The search is
 * linear and would take too long with more. */
enum { MERGE_MEMBERS = 256, MERGE_ELEMENTS = 1024 };

/* The place of an object, which tells which of its members are known. */
enum merge_place {
	MERGE_NOWHERE, /* no member is known */
	MERGE_EVENT,   /* an event, around its choices */
	MERGE_CHOICE,  /* a choice, around its delta */
	MERGE_DELTA,
	MERGE_LOGPROBS,
	MERGE_CALL,
	MERGE_FUNCTION,
	MERGE_CUSTOM,
	MERGE_AUDIO,
	MERGE_DETAIL, /* an element of reasoning_details */
};

/* Merges a member without a parent into the object's member of the same name, or appends it; the
 * member's nodes are consumed. `place` is that of the object. False: the values cannot be merged,
 * or there are too many members; the object must not be used any more. */
MUST_CHECK bool merge_member(struct json_node *object, struct json_node *member,
			     enum merge_place place);
