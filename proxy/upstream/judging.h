/* A judging: a fetch's answer before its judge (openai/judge.h), with the log of what is to be
 * stored. Small portions are read on the spot. Where an event of a stream or a whole plain answer
 * is large, a helper reads it (offload.h); nothing more may be fed until that is done.
 *
 *     judging_feed --BUSY--> helper --> on_done
 *     judging_end  --BUSY--> helper --> on_done, then again judging_end
 *
 * What judge and log hold is taken of limits.memory. Where nothing is left the answer is not
 * stored (VERDICT_NO_ROOM).
 *
 * Threads: only the worker's. */
#pragma once

#include "cache/store/event_log.h"
#include "proxy/header/header_fields.h"
#include "proxy/context.h"
#include "proxy/openai/storable/storable.h"
#include "proxy/thread_pool.h"

struct judging;

/* on_event and context of the judge's options are filled in. on_done is called from the mailbox. */
struct judging *judging_create(struct kit *kit, const struct judge_options *options,
			       void (*on_done)(void *context), void *context);

/* Also while a helper is at it; on_done is not called any more. NULL behind it is fine. */
void judging_destroy(struct judging **j);

/* delimited: the framing says where the body ends (judge_undelimited). */
void judging_head(struct judging *j, const struct head *head, bool delimited);

/* It is not to be stored. Not while a helper is at it. */
void judging_refuse(struct judging *j, enum verdict why);

/* Why it is refused already; FINE: not yet. As above. */
enum verdict judging_refusal(const struct judging *j);

bool judging_is_busy(const struct judging *j); /* NULL is not */

enum judging_state {
	JUDGING_READY,
	JUDGING_BUSY, /* on_done comes */
};

/* The next bytes of the body. Not while a helper is at it. */
enum judging_state judging_feed(struct judging *j, struct slice bytes);

/* The body is complete. READY: this is the verdict, and the log is complete and sealed. May be
 * called while a helper is at it. */
enum judging_state judging_end(struct judging *j, enum verdict *ret_verdict);

/* After judging_end: what is to be stored, to be taken; what it cost; and the answer's id
 * (judge_id). */
struct event_log **judging_log(struct judging *j);
struct spend judging_spend(const struct judging *j);
uint64_t judging_id(const struct judging *j);
