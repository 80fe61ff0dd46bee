/* Parsed request: what a request's body means to the cache. Pure; one pass over the body.
 *
 * Threads: one at a time per struct canonical. */
#pragma once

#include "base/buf.h"
#include "cache/key/canonical.h"
#include "cache/store/entry.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/parse/cache_member.h"
#include "proxy/openai/parse/expectation.h"
#include "proxy/openai/storable/answer_kind.h"
#include "proxy/openai/verdict.h"

struct parsed_request_options {
	/* cache.ignore: further top-level members left out of the cache key */
	const char *const *ignore;
	size_t ignore_count;
	/* cache.count: members that would be left out by default and are kept */
	const char *const *count;
	size_t count_count;
	bool remote_images;	 /* cache.remote_images: allow media behind addresses */
	bool cache_member;	 /* compat.body: the member `cache` is for the proxy */
	struct slice deployment; /* the model, if the path names it; else empty */
	/* of the request; has the boundary between the parts of a form */
	struct slice content_type;
};

/* Most bytes that an edit adds to a body. */
enum { PARSED_REQUEST_EDIT_MOST = 64 };

/* A longer model name counts as none. */
enum { PARSED_REQUEST_MODEL = 256 };

/* A change of a body: `text` replaces the `len` bytes at offset `at`. NULL text: no change. */
struct parsed_request_edit {
	size_t at;
	size_t len;
	const char *text;
};

struct parsed_request {
	enum verdict verdict; /* FINE: may be looked up; else the reason why not */
	enum wire_form form;
	enum answer_kind kind;			/* of a plain response, as requested */
	struct embedding_vector_format vectors; /* of a response with vectors: what base64 holds */
	struct expectation expects;		/* what the response must have */
	bool by_chance; /* a completion without temperature 0 and without a seed */
	/* For WIRE_STREAM: turns the request into one for WIRE_STREAM_USAGE. None if the endpoint
	 * has no such option. */
	struct parsed_request_edit tell_usage;
	/* Removes the member `cache`. To be applied before tell_usage, whose offset counts without
	 * that member. None if there is no such member or it is not for the proxy. */
	struct parsed_request_edit cut;
	struct cache_member says; /* contents of the member `cache` */
	/* 0: no model, or not a string. The path's model takes precedence over the body's. */
	size_t model_len;
	char model[PARSED_REQUEST_MODEL];
};

/* Reads the body and appends its canonical form to *form, without the members that do not change
 * the response. With a verdict other than FINE, *form is unchanged; *ret_parsed then still has the
 * wire form, and the member `cache` if it can be cut out. */
void parsed_request_read(const struct endpoint *endpoint, struct canonical *canonical,
			 struct slice body, const struct parsed_request_options *options,
			 struct buf *form, struct parsed_request *ret_parsed);

/* Applies an edit to *body. False: *body is full and unchanged. */
MUST_CHECK bool parsed_request_edit(const struct parsed_request_edit *edit, struct buf *body);
