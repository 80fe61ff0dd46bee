/* Merge: how the deltas of a stream come together. One rule:
 *
 *     absent or null  <- anything   the newer value
 *     anything        <- null       stays
 *     string          <- string     appended, inside a delta; replaced elsewhere
 *     list            <- list       appended; inside a delta elements with an `index` are merged
 *                                   with the one of that index
 *     object          <- object     member by member
 *     number, true, false           the newer value
 *
 * and a table of exceptions (merge.c): inside a delta, strings that name something, such as `id`,
 * are never continued. They stay when they are said again, and another one is refused. So is what
 * would continue base64 (`data`) behind its padding.
 *
 * Private to this room. Threads: one at a time. */
#pragma once

#include "proxy/openai/tree.h"

/* A merged object is searched member by member, a list element by element. Where there are more, so
 * that this would take long, nothing is merged. */
enum { MERGE_MEMBERS = 256, MERGE_ELEMENTS = 1024 };

/* Merges `from`, which hangs nowhere, into `into`, of the same tree; its nodes are used up. A
 * member keeps its key. `delta`: both are parts of deltas. False: they do not go together; both are
 * spoilt then. */
MUST_CHECK bool merge(struct node *into, struct node *from, bool delta);

/* Merges a member that hangs nowhere into the one of its name, or appends it. */
MUST_CHECK bool merge_member(struct node *object, struct node *member, bool delta);

/* Puts a member that hangs nowhere in the place of the one of its name, unless it is null, or
 * appends it. False: too many members. */
MUST_CHECK bool merge_latest(struct node *object, struct node *member);
