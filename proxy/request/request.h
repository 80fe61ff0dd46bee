/* A request: from the first byte of its head to the last byte of its response.
 *
 * It is a state machine. Each step is a function; a table (request_steps.c) says which steps may
 * follow:
 *
 *     RECEIVE -> IDENTIFY -> OPEN -> AWAIT -> DELIVER -> FINISH
 *         +---------+--------+-------+--------+--> REFUSE -> FINISH
 *
 * A request that joined a flight in another wire form goes back from AWAIT to OPEN when the flight
 * has ended, to use the resulting entry.
 *
 * A request also goes back to OPEN if the response of the flight that it joined is not for it: the
 * upstream marked the response private, or its status is not 200 and the requests are not identical
 * byte for byte, since something that is not part of the cache key may have caused the error
 * (request_accepts). The first of these requests leads a new flight and the others join it. If that
 * status is not 200 either, they divide into two branches (cache_question), by a bit of their
 * digests, then into four, and so on: each failure doubles the number of requests sent at once. So
 * a crowd sends its requests neither all at once nor one after the other, and identical requests
 * share a response.
 *
 * The runner calls steps until one returns STEP_WAIT. Then either the server calls again when more
 * of the body has arrived, or the connection sleeps and is called again when woken.
 *
 * Threads: the worker's. Lives from the handler's create to its finish. */
#pragma once

#include "cache/cache.h"
#include "proxy/context.h"
#include "proxy/failure.h"
#include "proxy/header/cors.h"
#include "proxy/header/header_fields.h"
#include "proxy/http/handler.h"
#include "proxy/http/response.h"
#include "proxy/observe/cache_status.h"
#include "proxy/openai/parse/parsed_request.h"
#include "proxy/request/cache_control.h"
#include "proxy/request/content_coding.h"
#include "proxy/request/flight_body.h"
#include "proxy/request/replay_stream.h"
#include "proxy/request/rules.h"
#include "proxy/upstream/request_body.h"

enum step {
	STEP_RECEIVE,
	STEP_IDENTIFY,
	STEP_OPEN,
	STEP_AWAIT,
	STEP_DELIVER,
	STEP_REFUSE,
	STEP_FINISH,
	STEPS,
	STEP_WAIT = STEPS, /* not a step: call the same step again later */
	STEP_DROP,	   /* not a step: drop the connection */
};

/* How much of the request has arrived. */
enum arrived {
	ARRIVED_HEAD, /* the head only: a response now saves the client from sending the body */
	ARRIVED_PART, /* a part of the body: no response is possible now */
	ARRIVED_ALL,
};

struct batch;
struct identifying;
struct converting;
struct rewriting;

struct request {
	struct context *worker;
	struct list link; /* in worker->requests */
	enum step step;
	enum arrived arrived;
	bool gone;    /* the client left while we slept, or we dropped it */
	bool dropped; /* we dropped it, since the worker ends */
	/* the head; path and query point into target */
	char *target;	 /* path and query; in origin form after request_normalize_target */
	char *authority; /* host and port of a target in absolute form; NULL: another form */
	struct slice path;
	struct slice query; /* at == NULL: none */
	/* the body */
	int64_t body_bytes;		 /* Content-Length; -1: none */
	struct request_body *body;	 /* NULL: no body */
	struct memory_wait memory;	 /* for a body that waits for limits.memory */
	size_t held_bytes;		 /* of limits.memory, taken for the response */
	struct content_decoder *decoder; /* while the body is being decoded; else NULL */
	struct buf decoded;		 /* the decoded body, while it is needed */
	size_t decoded_bytes;		 /* of limits.memory, for decoder and decoded */
	bool coded;	 /* the body sent upstream is in a content coding; see decoded */
	bool unreadable; /* the body is in a content coding that we cannot decode */
	/* CORS */
	struct cors_request cors;
	bool preflight;	    /* a CORS preflight, which needs no API key */
	bool unseen_origin; /* we do not know what the upstream permits this origin */
	bool cors_passed;   /* the upstream's CORS fields were copied into the response */
	/* client */
	struct api_key *key; /* entered (api_key_enter); NULL: no key needed, or refused */
	struct slice tenant; /* of the key; empty: none */
	/* identification */
	const struct endpoint *endpoint; /* NULL: unknown */
	struct slice deployment;	 /* the model named in the path; points into target */
	struct cache_control cache_control;
	struct parsed_request parsed;
	struct policy policy;		 /* set by request_settle */
	struct cache_key cache_key;	 /* if `keyed` */
	struct identifying *identifying; /* a helper parses the body; NULL: no helper */
	bool keyed;			 /* cache_key is computed */
	struct batch *batch;		 /* NULL: not handled as a batch */
	enum wire_form asks;	/* requested from the upstream; may contain more than is wanted */
	bool cut;		/* the member `cache` was removed from the body */
	bool edited;		/* the body was edited to ask for the token usage */
	bool exact;		/* no entry or flight in another wire form is acceptable */
	bool waited;		/* it waited for a flight in another form, which has ended */
	bool leads_private;	/* it leads a private flight whose answer may be stored */
	bool must_lead_private; /* the response that it joined is not for it: lead such a flight */
	unsigned char refusals; /* number of joined responses that were not for it */
	uint32_t branch;	/* see cache_question */
	bool has_digest;
	struct digest digest; /* of its bytes; see request_digest */
	/* response */
	struct reader reader;
	struct flight_body flight_body;
	struct replay_stream replay_stream; /* a large hit that is rewritten */
	struct rewriting *rewriting;	    /* a helper rewrites a large hit; NULL: no helper */
	struct message message;		    /* posted when the reader wakes, or to continue later */
	struct entry *entry;
	struct converting *converting; /* a helper converts the answer; NULL: no helper */
	enum cache_status cache_status;
	bool partial;		  /* batch: a part came from the cache, and a part did not */
	int64_t oldest_ms;	  /* batch hit: when the oldest part was stored */
	int64_t first_expiry_ms;  /* batch hit: when the first part expires */
	struct token_usage saved; /* batch hit: token usage of the parts */
	enum failure failure;
	const char *particulars; /* more text about the failure; NULL: none */
	int64_t retry_ms;	 /* for Retry-After; 0: the default */
	unsigned status;
	bool close;	      /* close the connection after this response */
	bool streamed;	      /* the upstream's response is an event stream or audio */
	bool unbuffered;      /* the response is sent as it arrives, its length unknown */
	enum verdict verdict; /* of the request, later of the answer */
	/* for the access log */
	int64_t begun_us;
	int64_t slept_us;  /* when it first slept to wait for its response; 0: never */
	int64_t opened_us; /* when it was sent to the upstream; 0: never */
	int64_t headed_us; /* when the upstream's head arrived; 0: never */
	int64_t first_us;  /* first byte of the response; 0: none */
	uint64_t bytes_out;
	/* Of the head. Last, since most of it is never touched. */
	struct header_marks marks; /* of http.fields, set at IDENTIFY */
	struct http_request http;
};

/* Creates and runs the requests of a server. */
extern const struct http_handler request_handler;

/* Wakes all requests of a worker that ends, after their flights were failed: they respond if they
 * still can, or are dropped. */
void request_drop_all(struct context *worker);
