/* An ask: what a request's body says to a cache. Pure; one pass over the body.
 *
 * Threads: one at a time per struct canonical. */
#pragma once

#include "base/buf.h"
#include "cache/canonical.h"
#include "cache/entry.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/verdict.h"

struct ask_options {
	const char *const
	    *ignore; /* cache.ignore: further top-level members left out of the name */
	size_t ignore_count;
	bool remote_images; /* cache.remote_images: media behind addresses do not matter */
	bool no_sampled;    /* cache.sampled: only what leaves nothing to chance */
};

/* No edit makes a body longer by more. */
enum { ASK_EDIT_MOST = 64 };

/* A change of a body: `len` bytes at the offset `at` make place for the text. NULL text: none. */
struct ask_edit {
	size_t at;
	size_t len;
	const char *text;
};

struct ask {
	enum verdict verdict; /* FINE: may be looked up; else the reason why not */
	enum wire_form form;
	bool length_limited;	    /* the request itself sets a limit of tokens (not null) */
	struct ask_edit tell_usage; /* of WIRE_STREAM: makes it ask for WIRE_STREAM_USAGE. None
				     * where the endpoint has no such option. */
};

/* Reads the body and appends its canonical form to *form, without the members that do not change
 * the answer. With a verdict other than FINE *form is as it was, and ret_ask->form still tells the
 * wire form where the body allows it. */
void ask_read(const struct endpoint *endpoint, struct canonical *canonical, struct slice body,
	      const struct ask_options *options, struct buf *form, struct ask *ret_ask);

/* Carries an edit out. False: *body is full, and as it was. */
MUST_CHECK bool ask_edit(const struct ask_edit *edit, struct buf *body);
