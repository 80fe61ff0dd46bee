/* The steps of a request: their table, and functions that several steps use. request.h has a
 * drawing; request.c runs the steps.
 *
 * Threads: the worker's. */
#pragma once

#include "proxy/header/cors_fields.h"
#include "proxy/request/request.h"

struct step_row {
	const char *name;
	/* Performs the step and returns the next one, STEP_WAIT or STEP_DROP. NULL for FINISH,
	 * which the handler's finish performs. */
	enum step (*act)(struct request *r);
	unsigned may_follow; /* bits, 1 << step: the steps that may come next */
};

extern const struct step_row step_rows[STEPS];

/* Responds with an error of our own. The particulars (more text; may be NULL) must live as long as
 * r. */
static inline enum step refuse(struct request *r, enum failure why, const char *particulars)
{
	r->failure = why;
	r->particulars = particulars;
	if (why == FAILURE_NOT_CACHED)
		r->cache_status = CACHE_STATUS_MISS;
	return STEP_REFUSE;
}

/* There is no memory for the response, so there is none for an error either. */
static inline enum step drop_for_memory(struct request *r)
{
	r->failure = FAILURE_NO_MEMORY;
	return STEP_DROP;
}

/* ## The steps, each in the file of its name (deliver and refuse: request_respond.c) */

enum step step_receive(struct request *r);
enum step step_identify(struct request *r);
enum step step_open(struct request *r);
enum step step_await(struct request *r);
enum step step_deliver(struct request *r);
enum step step_refuse(struct request *r);

/* ## Common functions, in request_common.c */

/* See spoil of the handler (proxy/http/handler.h). */
void request_spoil(struct request *r, enum failure failure, const char *why);

/* Puts the connection to sleep until it is woken. STEP_DROP: the client is gone. */
enum step request_sleep(struct request *r);

/* Takes bytes of limits.memory until the request ends. False: not enough left. */
MUST_CHECK bool request_take_memory(struct request *r, size_t bytes);

/* The same for memory that a response in progress cannot do without: may exceed the limit. */
void request_force_memory(struct request *r, size_t bytes);

/* Refuses the request because limits.memory is used up. */
enum step request_refuse_memory(struct request *r);

/* Whether the head of the response fits: libmicrohttpd writes it into the part of limits.headers
 * that the request's head left free, and closes the connection if it does not fit. */
bool request_has_room(const struct request *r, const struct head *head);

/* Queues the response and takes it (nulls *response). */
enum step request_send(struct request *r, unsigned status, struct response **response);

/* ## The head of the request, in request_head.c */

/* Changes a target in absolute form to origin form, so that both are the same request. The host of
 * the target replaces the Host field (RFC 9112 §3.2.1, §3.2.2; §3.2.4: OPTIONS without a path). */
void request_normalize_target(struct request *r);

/* Whether it is a CORS preflight. Browsers send preflights without credentials (Fetch standard,
 * §4.8). One with a credential is handled as an ordinary request, so that no credential is
 * forwarded without an API key. */
bool request_is_preflight(const struct request *r);

/* The method that decides about the endpoint: of a preflight the one it asks about, of HEAD GET. */
struct slice request_effective_method(const struct request *r);

/* The endpoint of its path with this method. */
struct endpoint_route request_route(const struct request *r, struct slice method);

/* Whether the path is permitted (auth.paths) and the request can be forwarded. NONE: yes. */
enum failure request_check_access(struct request *r);

/* ## Bodies in a content coding, in request_decode.c */

/* At IDENTIFY: decodes the body for a while. IDENTIFY: done, see request_body_text (or unreadable).
 * WAIT: the step will be called again. Otherwise the request is refused or the client is gone. */
enum step request_decode(struct request *r);

/* The decoded body. Valid until it is edited. */
struct slice request_body_text(const struct request *r);

/* Replaces the body that goes upstream by the decoded one, because it will be edited. */
void request_send_decoded(struct request *r);

/* Frees the decoder and the decoded body. */
void request_decode_leave(struct request *r);

/* ## Cache control and rules, in request_policy.c */

/* After the body was parsed: takes the member `cache` out of it and applies the rules. FINE: the
 * request may be looked up; otherwise why not. To be called again if the body is parsed again. */
enum verdict request_settle(struct request *r);

/* After request_settle: how long its answer is to live in the cache. 0: do not store it. */
int64_t request_ttl_ms(const struct request *r);

/* Writes the key scope to worker->scope. False: it is too long. */
MUST_CHECK bool request_scope(struct request *r);

/* ## Parsing the body, in request_identify.c */

/* The request ends, perhaps while a helper parses its body. */
void request_identify_leave(struct request *r);

/* ## Forwarding, and responses to other requests, in request_forward.c */

/* The header fields that are for Reprise, which pages may send whatever the upstream permits. */
static inline struct cors_own request_own_fields(const struct request *r)
{
	return (struct cors_own){
	    .keys = r->worker->api_keys != NULL,
	    .compat = r->worker->config->compat.headers,
	};
}

/* What a response to it teaches about the origins that the upstream permits. */
enum cors_lesson request_lesson(const struct request *r);

/* Tells the cache if the client says that it has sent the request before. The reader is r's or one
 * of its parts', and has joined a flight or leads one. */
void request_note_retry(const struct request *r, struct reader *reader);

/* Whether to obey what the upstream says about sharing the response. */
bool request_heeds(const struct request *r);

/* The digest of what goes upstream as the client sent it: header lines and body. If cache.share is
 * `everyone`, no two requests have the same digest. Lives as long as r. NULL: no memory. */
const struct digest *request_digest(struct request *r);

/* Whether a response that r joined is for it: it is a 200, or was the response to a request with
 * the same digest. */
MUST_CHECK bool request_accepts(struct request *r, unsigned status, const struct digest *asked);

/* Counts a joined response that was not for it, and sets the branch for asking again; from the
 * second time on this is a branch of its own digest. */
void request_refused(struct request *r);

/* Makes the header lines that go upstream. edited: the body was edited. False: no memory. The
 * caller frees *ret_lines in any case. */
MUST_CHECK bool request_lines(struct request *r, bool edited, struct buf *ret_lines);

/* ## Fetching, in request_fetch.c */

/* Starts a fetch for r->reader's flight, which r leads. */
enum step request_fetch(struct request *r);

/* Opens a private flight and starts a fetch for it with the whole body. */
enum step request_fetch_private(struct request *r);

/* ## Rewriting hits (replay.usage, replay.ids), in request_replay.c */

/* Whether r->entry has to be rewritten. */
bool request_is_rewritten(const struct request *r);

/* Whether a helper rewrites it; starts one if necessary. True: sleep, and call this again. */
bool request_rewrite_later(struct request *r);

/* Returns the response with the rewritten entry. NULL: no memory. */
struct response *request_rewritten(struct request *r);

/* The request ends, perhaps while a helper rewrites. */
void request_rewrite_leave(struct request *r);

/* Whether hits have to be rewritten. */
bool request_rewrites(const struct request *r);

/* Appends the rewritten answer. False: *out is full and may contain a part. */
MUST_CHECK bool request_rewrite(const struct request *r, enum wire_form form, struct slice answer,
				struct buf *out);

/* Takes the memory for a response with r->entry. STEP_REFUSE: there is not enough; otherwise
 * STEP_DELIVER. */
enum step request_prepare_hit(struct request *r);

/* ## Conversion to another wire form, in request_convert.c
 *
 * These set r->entry to an entry in the form that the client wants. STEP_DELIVER: done; r->entry is
 * NULL if conversion is impossible. STEP_WAIT: a helper converts (r->converting); the step will be
 * called again and calls request_converted. STEP_REFUSE: no memory. */

/* Converts r->entry. The cache keeps the result beside it. */
enum step request_convert(struct request *r);

/* Converts a flight that has ended and of which r has read nothing. */
enum step request_convert_flight(struct request *r, const struct flight_news *news);

/* Takes the helper's result. */
enum step request_converted(struct request *r);

/* The request ends, perhaps while a helper converts. */
void request_convert_leave(struct request *r);
