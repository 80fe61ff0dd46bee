/* A fetch: the producer of a flight. It sends one request to the upstream, at most once more when a
 * kept connection turned out dead, writes the answer into the flight, lets the judge watch it, and
 * hands what may be stored to the cache. It belongs to nobody and ends by itself.
 *
 *     GATE --pass--> SENDING --head--> ANSWERING --end--> (gone)
 *       |               |  ^ stale, once   |
 *       +---- abandoned, timed out, failed +
 *
 * Until the first byte of the body upstream.head_timeout counts, whenever the head comes: servers
 * with a queue send the head of a stream at once and its first event when its turn has come. From
 * then on upstream.idle_timeout counts.
 *
 * What cannot be stored, as its head says, is parted there (cache_part), so that it passes to all
 * its readers as it comes; but a 200 that tells its length, which is no stream.
 *
 * Threads: only the worker's that started it. */
#pragma once

#include "proxy/failure.h"
#include "proxy/context.h"
#include "proxy/header/cors.h"
#include "proxy/upstream/storable_check.h"
#include "proxy/openai/parse/parsed_request.h"
#include "proxy/upstream/shareable.h"
#include "proxy/upstream/request_body.h"

/* How long requests of a name stay alone after an answer that was not to be shared. */
enum { FETCH_APART_MS = 120000 };

struct fetch_order {
	struct flight *flight;
	struct slice method;
	struct slice target;
	struct slice lines;	   /* header lines, see forward_lines */
	struct request_body *body; /* NULL: the request has no body */
	int64_t body_bytes;	   /* of a piped upload; -1: not known */
	bool anonymous;		   /* without a credential of ours for the upstream */
	/* What pages of which origin the answer is for, and what it is to teach of that. */
	struct cors_request cors;
	enum cors_lesson lesson;
	/* Where the upload was edited to make it ask for the usage: what puts the client's own body
	 * back, for an upstream that refuses the edited one; the form of the answer then; and the
	 * model. NULL: it was not edited. */
	const struct parsed_request_edit *undo;
	enum wire_form unedited_form;
	struct slice model;
	/* What may be stored in the end: NULL for what may not. on_event and context are filled in.
	 */
	const struct storable_options *storable;
	int64_t ttl_ms;	     /* of what is stored */
	bool heeds;	     /* what the upstream says of sharing counts (sharing.h) */
	struct digest asked; /* of the request, for who joined (struct head) */
	/* A private flight whose answer is stored all the same, under this name (no-cache). */
	const struct name *refresh;
};

/* Begins; the flight hears of everything, failures too. Copies what the order points to. */
void fetch_start(struct context *worker, const struct fetch_order *order);

/* Now and then: fails those whose time is over. */
void fetch_tick_all(struct context *worker, int64_t now_ms);

/* Fails all: the worker ends. */
void fetch_fail_all(struct context *worker, enum failure why);
