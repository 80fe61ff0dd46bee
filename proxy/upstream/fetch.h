/* A fetch: the producer of a flight. It sends the request to the upstream, writes the response into
 * the flight, passes it to the storable check and stores it in the cache where that is permitted.
 * No one owns a fetch: it frees itself when it has ended.
 *
 *     WAITING --pass--> SENDING --head--> RECEIVING --end--> (freed)
 *        |                 | ^ resend         |
 *        +----- abandoned, timed out, failed -+
 *
 * The request is sent again at most once because a kept connection was stale, and at most once
 * without our edit because the upstream refused the edited body (fetch_request.h).
 *
 * upstream.head_timeout limits the time to the first byte of the body, not only to the head:
 * servers with a queue send the head of a stream at once, but its first event only when the request
 * is processed. After that upstream.idle_timeout limits the time between bytes.
 *
 * If the head shows that the response cannot be stored, the flight is unshared (cache_unshare), so
 * that all readers receive the body as it arrives. Exception: a 200 with a Content-Length, which is
 * not a stream.
 *
 * Threads: the worker's that started it. */
#pragma once

#include "proxy/context.h"
#include "proxy/failure.h"
#include "proxy/header/cors.h"
#include "proxy/openai/parse/parsed_request.h"
#include "proxy/upstream/request_body.h"
#include "proxy/upstream/shareable.h"
#include "proxy/upstream/storable_check.h"

/* How long requests with the same cache key do not join each other after a response that must not
 * be shared. */
enum { FETCH_HIT_FOR_MISS_MS = 120000 };

struct fetch_order {
	struct flight *flight;
	struct slice method;
	struct slice target;
	struct slice lines;	   /* header lines, see forward_lines */
	struct request_body *body; /* NULL: the request has no body */
	int64_t body_bytes;	   /* length of a piped body; -1: unknown */
	bool anonymous;		   /* send no credential of ours to the upstream */
	/* The origin of the page that sent the request, and what the response tells us about the
	 * upstream's CORS rules. */
	struct cors_request cors;
	enum cors_lesson lesson;
	/* If the body was edited to ask for the token usage: the edit that restores the client's
	 * own body, for an upstream that refuses the edited one; the wire form of the response in
	 * that case; and the model. undo is NULL if the body was not edited. */
	const struct parsed_request_edit *undo;
	enum wire_form unedited_form;
	struct slice model;
	/* NULL: the response must not be stored. fetch_start sets on_event and context. */
	const struct storable_options *storable;
	int64_t ttl_ms;	     /* of the stored entry */
	bool heeds;	     /* obey what the upstream says about sharing (shareable.h) */
	struct digest asked; /* of the request, for readers that joined (struct head) */
	/* Private flights: the cache key to store the response under all the same (no-cache). NULL:
	 * do not store it. */
	const struct cache_key *refresh;
};

/* Starts a fetch. The result, failures included, goes to the flight. Copies what the order points
 * to. */
void fetch_start(struct context *worker, const struct fetch_order *order);

/* Fails the fetches whose timeout has expired, and tears off lagging readers. Call it
 * periodically. */
void fetch_tick_all(struct context *worker, int64_t now_ms);

/* Fails all fetches of a worker that ends. */
void fetch_fail_all(struct context *worker, enum failure why);
