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

struct storable_check;

/* on_event and context of the judge's options are filled in. on_done is called from the mailbox. */
struct storable_check *storable_check_create(struct context *worker,
					     const struct storable_options *options,
					     void (*on_done)(void *context), void *context);

/* Also while a helper is at it; on_done is not called any more. NULL behind it is fine. */
void storable_check_destroy(struct storable_check **j);

/* delimited: the framing says where the body ends (judge_undelimited). */
void storable_check_head(struct storable_check *j, const struct head *head, bool delimited);

/* It is not to be stored. Not while a helper is at it. */
void storable_check_refuse(struct storable_check *j, enum verdict why);

/* Why it is refused already; FINE: not yet. As above. */
enum verdict storable_check_refusal(const struct storable_check *j);

bool storable_check_is_busy(const struct storable_check *j); /* NULL is not */

enum storable_check_state {
	STORABLE_CHECK_READY,
	STORABLE_CHECK_BUSY, /* on_done comes */
};

/* The next bytes of the body. Not while a helper is at it. */
enum storable_check_state storable_check_feed(struct storable_check *j, struct slice bytes);

/* The body is complete. READY: this is the verdict, and the log is complete and sealed. May be
 * called while a helper is at it. */
enum storable_check_state storable_check_end(struct storable_check *j, enum verdict *ret_verdict);

/* After judging_end: what is to be stored, to be taken; what it cost; and the answer's id
 * (judge_id). */
struct event_log **storable_check_log(struct storable_check *j);
struct token_usage storable_check_spend(const struct storable_check *j);
uint64_t storable_check_id(const struct storable_check *j);
