/* Merge: how the deltas of a stream come together. One rule:
 *
 *     absent or null  <- anything   the newer value
 *     anything        <- null       stays
 *     string          <- string     appended, inside a delta; replaced elsewhere
 *     list            <- list       elements with an `index` are merged with the one of that index,
 *                                   others are appended
 *     object          <- object     member by member
 *     number, true, false           the newer value
 *
 * and a table of exceptions (merge.c): members whose strings name something and are never
 * continued, such as `id`. Private to this room. Threads: one at a time. */
#pragma once

#include "proxy/openai/tree.h"

/* Merges `from` into `into`, whose tree it belongs to; its nodes are used up. `delta`: strings are
 * appended. False: kinds that do not go together. */
MUST_CHECK bool merge(struct tree *t, struct node *into, struct node *from, bool delta);
