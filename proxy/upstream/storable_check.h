/* The storable check of a fetch: passes the answer to openai/storable/storable.h and keeps the
 * event log that will be stored. Small portions are checked at once. A large event of a stream or a
 * large plain answer is checked by a helper (thread_pool.h); until that is done no more bytes may
 * be fed.
 *
 *     storable_check_feed --BUSY--> helper --> on_done
 *     storable_check_end  --BUSY--> helper --> on_done, then storable_check_end again
 *
 * The memory it holds counts against limits.memory. If that is used up, the answer is not stored
 * (VERDICT_NO_ROOM).
 *
 * Threads: the worker's. */
#pragma once

#include "cache/store/event_log.h"
#include "proxy/context.h"
#include "proxy/header/header_fields.h"
#include "proxy/openai/storable/storable.h"

struct storable_check;

/* Sets on_event and context of the options itself. on_done is called from the mailbox. */
struct storable_check *storable_check_create(struct context *worker,
					     const struct storable_options *options,
					     void (*on_done)(void *context), void *context);

/* May be called while a helper is busy; on_done is not called after this. *c may be NULL. */
void storable_check_destroy(struct storable_check **c);

/* delimited: the framing says where the body ends (storable_undelimited). */
void storable_check_head(struct storable_check *c, const struct head *head, bool delimited);

/* Decides that the answer is not stored. Not while a helper is busy. */
void storable_check_refuse(struct storable_check *c, enum verdict why);

/* Why the answer will not be stored; FINE: not refused so far. Not while a helper is busy. */
enum verdict storable_check_refusal(const struct storable_check *c);

/* Whether a helper is busy with it. NULL is never busy. */
bool storable_check_is_busy(const struct storable_check *c);

enum storable_check_state {
	STORABLE_CHECK_READY,
	STORABLE_CHECK_BUSY, /* a helper works; on_done will be called */
};

/* Checks the next bytes of the body. Not while a helper is busy. */
enum storable_check_state storable_check_feed(struct storable_check *c, struct slice bytes);

/* The body is complete. READY: *ret_verdict is set; if it is FINE the log is complete and sealed.
 * May be called while a helper is busy. */
enum storable_check_state storable_check_end(struct storable_check *c, enum verdict *ret_verdict);

/* After storable_check_end: the log to be stored, which the caller may take; the token usage; and
 * the answer's id (storable_id). */
struct event_log **storable_check_log(struct storable_check *c);
struct token_usage storable_check_token_usage(const struct storable_check *c);
uint64_t storable_check_id(const struct storable_check *c);
