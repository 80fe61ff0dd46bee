/* The steps of a request, in one table: what each is called, what it does and which may come next.
 * For request.c, which runs them; the drawing is in request.h.
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/header/cors_fields.h"
#include "proxy/request/request.h"

struct step_row {
	const char *name;
	/* Carries the step out and says which is next, or STEP_WAIT or STEP_DROP. NULL: it is the
	 * server's notice that takes it (request_finish). */
	enum step (*act)(struct request *r);
	unsigned may_follow; /* bits, 1 << step: what may come after this one */
};

extern const struct step_row step_rows[STEPS];

/* Answers with an error of our own. The particulars, more words or NULL, live as long as r. */
static inline enum step refuse(struct request *r, enum failure why, const char *particulars)
{
	r->failure = why;
	r->particulars = particulars;
	if (why == FAILURE_NOT_CACHED)
		r->cache_status = CACHE_STATUS_MISS;
	return STEP_REFUSE;
}

/* The answer found no memory, nor would an error. */
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

/* ## What several steps do alike, in request_common.c */

/* See spoil of the handler (proxy/http/handler.h). */
void request_spoil(struct request *r, enum failure failure, const char *why);

/* To sleep until there are news. DROP: the client is gone. */
enum step request_sleep(struct request *r);

/* Takes bytes of limits.memory until the request's end. False: there is not that much left. */
MUST_CHECK bool request_take(struct request *r, size_t bytes);

/* The same for what an answer that is under way cannot do without. */
void request_hold(struct request *r, size_t bytes);

/* Nothing is left of limits.memory. */
enum step request_refuse_memory(struct request *r);

/* libmicrohttpd writes an answer's head into what the request's left of limits.headers, and hangs
 * up where it does not fit. */
bool request_has_room(const struct request *r, const struct head *head);

/* Sends the answer, and lets go of it. */
enum step request_send_off(struct request *r, unsigned status, struct response **response);

/* ## What a request's head says, in request_head.c */

/* From absolute form to origin form, so that both are one request from here on; the host of the
 * target counts, whatever the Host field says (RFC 9112 §3.2.1, §3.2.2; §3.2.4 for OPTIONS without
 * a path). */
void request_relate_target(struct request *r);

/* Browsers send preflights without any credential (Fetch standard, §4.8): one that has some is an
 * ordinary request, so that nothing that tells who asks goes on without a key. */
bool request_is_preflight(const struct request *r);

/* The method that it is about: a preflight's is the one that it asks about, a HEAD's is GET. */
struct slice request_meant(const struct request *r);

/* Where its path leads with this method. */
struct endpoint_route request_route(const struct request *r, struct slice method);

/* Whether it may go where it wants to, and can. */
enum failure request_reach(struct request *r);

/* ## What a body says that is in a content coding, in request_decode.c */

/* At IDENTIFY: decodes the body, a slice at a time. IDENTIFY: all was done that can be, look at
 * request_body_text; WAIT: it goes on by itself; else it is refused or the client is gone. */
enum step request_decode(struct request *r);

/* The body as it is to be looked at. Valid until it is edited. */
struct slice request_body_text(const struct request *r);

/* What goes upstream is the decoded body from here on, since it is to be edited. */
void request_send_decoded(struct request *r);

/* Nobody looks at the decoded body any more. Also in the middle of decoding. */
void request_decode_leave(struct request *r);

/* ## What a request and the rules say of it, in request_policy.c */

/* Once the body was read: takes in what it says to us, and out of it; asks the rules. FINE: it may
 * be looked up; else why not. May be called again when the body was read again. */
enum verdict request_settle(struct request *r);

/* How long its answer is to live, if it is stored. 0: it is not. Once it is settled. */
int64_t request_ttl_ms(const struct request *r);

/* ## The one that reads the body, in request_identify.c */

/* The request ends, perhaps while its body is being read. */
void request_identify_leave(struct request *r);

/* Writes the scope to kit->scope. False: it is too long. */
MUST_CHECK bool request_scope(struct request *r);

/* ## What goes to the upstream, and answers to others, in request_forward.c */

/* What a page may send to us, whatever the upstream permits. */
static inline struct cors_own request_own_fields(const struct request *r)
{
	return (struct cors_own){
	    .keys = r->worker->api_keys != NULL,
	    .compat = r->worker->config->compat.headers,
	};
}

/* What an answer to it is to teach of the pages that may read it. */
enum cors_lesson request_lesson(const struct request *r);

/* The reader, r's or one of its parts', has joined or leads: notes where the client says that it
 * has asked before. */
void request_want(const struct request *r, struct reader *reader);

/* Whether what the upstream says of sharing its answer counts. */
bool request_heeds(const struct request *r);

/* The digest of what goes upstream, as the client sent it: the header lines and the body. Where
 * cache.share is `everyone`, each request has one of its own. NULL: memory. As r. */
const struct digest *request_digest(struct request *r);

/* Whether an answer that r joined is for it: a 200, or the answer to a request with this digest. */
MUST_CHECK bool request_accepts(struct request *r, unsigned status, const struct digest *asked);

/* The answer was not for it: it will ask again, in a branch of the name where that is the second
 * time or more. */
void request_refused(struct request *r);

/* Makes the header lines that go upstream, with a body that was edited or with the client's own.
 * False: memory; *ret_lines is to be finished all the same. */
MUST_CHECK bool request_lines(struct request *r, bool edited, struct buf *ret_lines);

/* ## The upstream is asked, in request_fetch.c */

/* For r->reader's flight, which r leads. */
enum step request_fetch(struct request *r);

/* Asks the upstream for all of it, by a flight that nobody joins. */
enum step request_ask_whole(struct request *r);

/* ## A hit that says other things of itself than when it was stored, in request_replay.c */

/* Whether r->entry is told in another way. */
bool request_is_rewritten(const struct request *r);

/* Whether a helper makes it: then the step is called again when that is done. */
bool request_rewrite_later(struct request *r);

/* The answer; NULL: memory. */
struct response *request_rewritten(struct request *r);

/* What it takes of limits.memory, beside what a helper does. */
size_t request_rewrite_bytes(const struct request *r);

/* The request ends, perhaps while a helper is at it. */
void request_rewrite_leave(struct request *r);

/* Whether a hit is told in another way than it was stored, and appends it as it is told then.
 * False: *out is full; it may hold a part. */
bool request_rewrites(const struct request *r);
MUST_CHECK bool request_rewrite(const struct request *r, enum wire_form form, struct slice answer,
				struct buf *out);

/* r->entry is to be given: takes the memory for that. STEP_REFUSE: there is none. */
enum step request_give_entry(struct request *r);

/* ## Another wire form, in request_convert.c
 *
 * Each makes r->entry, in the form wanted. STEP_DELIVER: it is there, or NULL where there is no way
 * to it. STEP_WAIT: a helper is at it, and the step is called again (r->deriving), which calls
 * request_derived. STEP_REFUSE: there is no memory. */

/* Of r->entry; it is kept beside that for the next one who wants it. */
enum step request_convert(struct request *r);

/* Of a flight in another form that is over and of which nothing was read yet. */
enum step request_convert_flight(struct request *r, const struct flight_news *news);

enum step request_converted(struct request *r);

/* The request ends, perhaps while a helper is at it. */
void request_convert_leave(struct request *r);
