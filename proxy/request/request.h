/* A request: one client's question, from the first header byte to the last byte of its answer.
 *
 * It takes steps (request_steps.c), one function each, from a table that says which may follow
 * which:
 *
 *     RECEIVE -> IDENTIFY -> OPEN -> AWAIT -> DELIVER -> FINISH
 *         +---------+--------+-------+--------+--> REFUSE -> FINISH
 *
 * Who joined a flight in another wire form goes back from AWAIT to OPEN when that has ended, for
 * the entry that came of it.
 *
 * So does who joined a flight whose answer turns out not to be for it: one that the upstream calls
 * private, or one that is not 200 where the request was not the same byte for byte, since what is
 * left out of names may have caused that (request_refused). Of those that were refused so the first
 * leads anew and the others join it. If that is not 200 either, there are two branches
 * (cache_question), by a bit of the requests' digests, then four: with each failure as many more
 * ask at one time as have failed before, so that a crowd neither asks all at once nor one after the
 * other, and requests that are the same share what they get.
 *
 * The runner calls steps until one says WAIT: then either the server calls again when more of the
 * body is there, or the connection sleeps and a wake calls again.
 *
 * Threads: only the worker's. Owned by itself from the handler's create to its finish. */
#pragma once

#include "cache/cache.h"
#include "proxy/header/cors.h"
#include "proxy/observe/cache_status.h"
#include "proxy/request/content_coding.h"
#include "proxy/request/cache_control.h"
#include "proxy/failure.h"
#include "proxy/request/flight_body.h"
#include "proxy/header/header_fields.h"
#include "proxy/context.h"
#include "proxy/openai/parse/parsed_request.h"
#include "proxy/http/handler.h"
#include "proxy/http/response.h"
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
	STEP_WAIT = STEPS, /* not a step: come back later, to the same one */
	STEP_DROP,	   /* not a step: the client is gone */
};

/* What of the body has come. */
enum intake {
	INTAKE_HEAD,  /* only the head: an answer now spares the client the upload */
	INTAKE_BODY,  /* in the middle: no answer is possible */
	INTAKE_WHOLE, /* all of it */
};

struct batch;
struct identifying;
struct converting;
struct rewriting;

struct request {
	struct context *worker;
	struct list link; /* kit->requests */
	enum step step;
	enum intake intake;
	bool gone;    /* the client left while we slept, or we dropped it */
	bool dropped; /* that was us: the worker ends */
	/* the head; points to the server's memory of the connection, but target */
	char *target;	 /* path and query, as in the request line, whatever its form */
	char *authority; /* host and port of one in absolute form; NULL: it had another one */
	struct slice path;
	struct slice query; /* at == NULL: none */
	/* the body */
	int64_t body_bytes;		 /* Content-Length; -1: not said */
	struct request_body *body;	 /* NULL: no body */
	struct memory_wait memory;	 /* for a body that finds limits.memory used up */
	size_t held_bytes;		 /* of limits.memory, for the answer */
	struct content_decoder *decoder; /* while it is decoded */
	struct buf decoded;		 /* what it says, while that is looked at */
	size_t decoded_bytes;		 /* of limits.memory, for these two */
	bool coded; /* what goes upstream is in a content coding, and decoded says what it is */
	bool unreadable; /* it is in a coding that we cannot decode */
	/* whose page asks, and what the answer says to it */
	struct cors_request cors;
	bool preflight;	    /* it asks what a page may send, and needs no key */
	bool unseen_origin; /* what the upstream permits this page is not known */
	bool told_page;	    /* the head's CORS fields went into the answer */
	/* whose it is */
	struct api_key *key; /* that let it in; NULL: no key is asked for, or none let it in */
	struct slice tenant; /* that the key belongs to; empty: none is known */
	/* what it asks */
	const struct endpoint *endpoint; /* NULL: none that we understand */
	struct slice deployment;	 /* the model, where the path names it; in target */
	struct cache_control cache_control;
	struct parsed_request parsed;
	struct policy policy;		 /* once settled */
	struct name name;		 /* once named */
	struct identifying *identifying; /* a helper reads the body; NULL: none does */
	bool named;
	struct batch *batch; /* NULL: it is asked as a whole */
	enum wire_form asks; /* what the upstream is asked for; it may tell more than is wanted */
	bool cut;	     /* something was taken out of the body */
	bool edited;	     /* the body asks for it */
	bool exact;	     /* nothing in another form will do */
	bool waited;	     /* for a flight in another form, which has ended */
	bool alone; /* it leads a flight that nobody can join, and may be stored all the same */
	bool apart; /* what it joined is not for it: it is to lead such a flight */
	unsigned char refusals; /* answers of others that were not for it */
	uint32_t branch;	/* in which it asks */
	bool has_digest;
	struct digest digest; /* of its bytes; request_digest makes it */
	/* the answer */
	struct reader reader;
	struct flight_body flight_body;
	struct replay_stream replay_stream; /* a large hit that is told in another way */
	struct rewriting *rewriting;	    /* a helper tells a large one; NULL: none does */
	struct message message;		    /* the reader's news, and the upload's */
	struct entry *entry;
	struct converting *converting; /* a helper makes another form of it; NULL: none does */
	enum cache_status cache_status;
	bool partial;		  /* a batch: some of it came from the cache, and some did not */
	int64_t oldest_ms;	  /* a batch that hit: when its oldest part was stored, */
	int64_t soonest_ms;	  /* when the first one expires, */
	struct token_usage saved; /* and what its parts cost when they were made */
	enum failure failure;
	const char *particulars; /* of the failure: more words; NULL: none */
	int64_t retry_ms;	 /* when it is worth another try; 0: not said */
	unsigned status;
	bool close;	      /* the connection ends with this answer */
	bool streamed;	      /* the upstream's answer is a stream of events */
	bool unbuffered;      /* the answer goes out as it comes, its length not known */
	enum verdict verdict; /* of the request, then of the answer */
	/* for the log */
	int64_t begun_us;
	int64_t slept_us;  /* waited for the first time for its answer; 0: did not */
	int64_t opened_us; /* went to the upstream; 0: did not */
	int64_t headed_us;
	int64_t first_us; /* first byte of the answer; 0: none */
	uint64_t bytes_out;
	/* Of the head. Last, since the most of it is never touched. */
	struct header_marks marks; /* of the fields, once it is identified */
	struct http_request http;
};

/* Makes and runs the requests of a server. */
extern const struct http_handler request_handler;

/* Wakes all requests of a worker that ends: their flights have failed, their clients get what is
 * possible or are dropped. */
void request_drop_all(struct context *worker);
