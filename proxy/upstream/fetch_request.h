/* A fetch's request: copies of what its order points to, for as long as it may have to be sent
 * again; and what its answers teach about the upstream.
 *
 * Where the body was edited to ask for a stream's usage, and the upstream refuses that with a 4xx,
 * the edit is undone and the client's own body is sent, once (upstream.ask_usage).
 *
 * Threads: only the worker's. Embedded in the fetch. */
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
	struct request_body *body; /* counted; NULL: no body */
	int64_t body_bytes;
	bool anonymous;
	enum cors_lesson lesson;
	struct cors_request cors; /* the origin is an owned copy, the path is the target's */
	char *model;
	size_t model_len;
	/* private */
	struct parsed_request_edit
	    undo;     /* of an edit; its text is an owned copy, NULL: there is none */
	bool refused; /* the edit was, just now: what comes is thrown away */
	bool undone;
	size_t discarded;
};

void fetch_request_take(struct fetch_request *q, const struct fetch_order *order);
void fetch_request_finish(struct fetch_request *q);

/* As a transfer has it, without its callbacks. retried: it met a dead connection before. */
struct transfer_request fetch_request_transfer(const struct fetch_request *q, bool retried);

/* Whether the answer with this status is not for the client, and the client's own body is to be
 * sent: the body was edited, and the status may say that it was wrong. */
bool fetch_request_refuses(struct fetch_request *q, unsigned status);

/* Takes in bytes of such an answer. False: it is not worth waiting for its end. */
bool fetch_request_discard(struct fetch_request *q, size_t len);

/* Puts the client's own body in place of the edited one, from its beginning. False: memory. */
MUST_CHECK bool fetch_request_undo(struct fetch_request *q);

/* The upstream answered with this head, which is told what it belongs to: what it permits pages of
 * the request's origin, and whether it refused an edit of ours. */
void fetch_request_learn(const struct fetch_request *q, struct context *worker, struct head *head);

/* In words, for the log. */
void fetch_request_log(const struct fetch_request *q, const struct context *worker,
		       enum failure why, size_t readers, const char *reason);
