/* An ask: what a request's body says to a cache. Pure; one pass over the body.
 *
 * Threads: one at a time per struct canonical. */
#pragma once

#include "base/buf.h"
#include "cache/key/canonical.h"
#include "cache/store/entry.h"
#include "proxy/openai/storable/answer_kind.h"
#include "proxy/openai/parse/cache_member.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/parse/expectation.h"
#include "proxy/openai/verdict.h"

struct parsed_request_options {
	const char *const
	    *ignore; /* cache.ignore: further top-level members left out of the name */
	size_t ignore_count;
	const char *const *count; /* cache.count: members that would be left out and are not */
	size_t count_count;
	bool remote_images;	   /* cache.remote_images: media behind addresses do not matter */
	bool cache_member;	   /* compat.body: the member `cache` is for us */
	struct slice deployment;   /* the model, where the path names it; else empty */
	struct slice content_type; /* the request's, which tells the parts of a form apart */
};

/* No edit makes a body longer by more. */
enum { PARSED_REQUEST_EDIT_MOST = 64 };

/* A longer name of a model counts as none. */
enum { PARSED_REQUEST_MODEL = 256 };

/* A change of a body: `len` bytes at the offset `at` make place for the text. NULL text: none. */
struct parsed_request_edit {
	size_t at;
	size_t len;
	const char *text;
};

struct parsed_request {
	enum verdict verdict; /* FINE: may be looked up; else the reason why not */
	enum wire_form form;
	enum answer_kind kind;			/* of a plain answer: what is asked for */
	struct embedding_vector_format vectors; /* of an answer with vectors, what base64 holds */
	struct expectation expects;		/* what the answer has to be */
	bool by_chance; /* a completion that is not made to be the same each time */
	struct parsed_request_edit
	    tell_usage; /* of WIRE_STREAM: makes it ask for WIRE_STREAM_USAGE. None
			 * where the endpoint has no such option. */
	struct parsed_request_edit
	    cut;		  /* takes the member `cache` out; goes before tell_usage, which
				   * counts without it. None: there is none that is for us. */
	struct cache_member says; /* what it said */
	size_t model_len;	  /* 0: none, or not a text. The path's goes before the body's. */
	char model[PARSED_REQUEST_MODEL];
};

/* Reads the body and appends its canonical form to *form, without the members that do not change
 * the answer. With a verdict other than FINE *form is as it was, and *ret_ask still tells of the
 * body what there is to be told: the wire form, and what is for us, where it can be cut out. */
void parsed_request_read(const struct endpoint *endpoint, struct canonical *canonical,
			 struct slice body, const struct parsed_request_options *options,
			 struct buf *form, struct parsed_request *ret_ask);

/* Carries an edit out. False: *body is full, and as it was. */
MUST_CHECK bool parsed_request_edit(const struct parsed_request_edit *edit, struct buf *body);
