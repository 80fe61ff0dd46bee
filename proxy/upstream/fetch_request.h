/* The request of a fetch: copies of what its order points to, kept while it may have to be sent
 * again, and what its response teaches about the upstream.
 *
 * If the body was edited to ask for a stream's token usage (upstream.ask_usage) and the upstream
 * refuses it with a 4xx, the edit is undone and the client's own body is sent, once.
 *
 * Threads: the worker's. Embedded in the fetch. */
#pragma once

#include "proxy/header/cors.h"
#include "proxy/upstream/fetch.h"
#include "proxy/upstream/transfer.h"

struct fetch_request {
	/* constant */
	char *method;
	char *target;
	char *lines;
	size_t lines_len;
	struct request_body *body; /* a reference; NULL: no body */
	int64_t body_bytes;
	bool anonymous;
	enum cors_lesson lesson;
	struct cors_request cors; /* the origin is an owned copy, the path points into target */
	char *model;
	size_t model_len;
	/* private */
	struct parsed_request_edit undo; /* its text is an owned copy; NULL: nothing was edited */
	bool refused;			 /* the upstream refused the edit: discard this response */
	bool undone;			 /* the client's own body is restored */
	size_t discarded;		 /* bytes */
};

/* Initializes r with copies from the order. */
void fetch_request_take(struct fetch_request *r, const struct fetch_order *order);
void fetch_request_finish(struct fetch_request *r);

/* The request for transfer_start, without callbacks. retried: an earlier transfer met a stale
 * connection. */
struct transfer_request fetch_request_transfer(const struct fetch_request *r, bool retried);

/* Whether the status may mean that the upstream refuses our edit of the body. If so the response is
 * not for the client: discard it and call fetch_request_undo. */
bool fetch_request_refuses(struct fetch_request *r, unsigned status);

/* Counts discarded bytes of such a response. False: too many, close the connection instead. */
bool fetch_request_discard(struct fetch_request *r, size_t len);

/* Restores the client's own body and rewinds it. False: no memory. */
MUST_CHECK bool fetch_request_undo(struct fetch_request *r);

/* Learns from the head of the response which origins the upstream permits, and whether it refused
 * our edit. Sets origin and unedited of the head. */
void fetch_request_learn(const struct fetch_request *r, struct context *worker, struct head *head);

/* Logs that the fetch failed. */
void fetch_request_log(const struct fetch_request *r, const struct context *worker,
		       enum failure why, size_t readers, const char *reason);
