/* Transfers for tests: who asks a scripted server, in a loop of its own, and notes what it hears.
 */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "proxy/upstream/transfer.h"
#include "tests/unit/main.h"
#include "tests/unit/scripted.h"

#include <stdio.h>

/* The world of one test. */
struct asking {
	struct loop *loop;
	struct upstream *upstream;
	struct pool *pool;
	struct scripted *server;
};

/* One transfer. */
struct asker {
	struct transfer *transfer;
	/* what read_body gives */
	struct slice body;
	size_t given;
	bool body_late;	  /* nothing more for now */
	bool body_broken; /* after what there is */
	size_t reads;	  /* how often it was asked for bytes */
	/* what on_body says; decide, if it is not NULL, sets it anew for each piece */
	enum transfer_flow flow;
	void (*decide)(struct asker *a, struct slice bytes);
	size_t pauses;
	/* what it heard */
	unsigned status;
	unsigned heads;
	struct buf fields; /* "Name: value\n" each */
	struct buf bytes;
	unsigned ends;
	enum transfer_outcome outcome;
	char reason[256];
};

static inline long asker_read(void *context, char *at, size_t room)
{
	struct asker *a = context;
	a->reads++;
	size_t left = a->body.len - a->given;
	size_t n = left < room ? left : room;
	if (n == 0 && a->body_broken)
		return TRANSFER_BODY_BROKEN;
	if (n == 0 && a->body_late)
		return TRANSFER_BODY_LATER;
	if (n)
		memcpy(at, a->body.at + a->given, n);
	a->given += n;
	return (long)n;
}

static inline void asker_status(void *context, unsigned status)
{
	struct asker *a = context;
	ck_assert_uint_eq(a->status, 0);
	a->status = status;
}

static inline bool asker_field(void *context, struct slice name, struct slice value)
{
	struct asker *a = context;
	ck_assert_uint_ne(a->status, 0);
	ck_assert_uint_eq(a->heads, 0);
	return buf_printf(&a->fields, "%.*s: %.*s\n", SLICE_FMT(name), SLICE_FMT(value));
}

static inline void asker_head(void *context)
{
	struct asker *a = context;
	ck_assert_uint_ne(a->status, 0);
	a->heads++;
}

static inline enum transfer_flow asker_body(void *context, struct slice bytes)
{
	struct asker *a = context;
	/* The order that all users of transfers rely on. */
	ck_assert_uint_eq(a->heads, 1);
	ck_assert_uint_eq(a->ends, 0);
	if (a->decide)
		a->decide(a, bytes);
	if (a->flow == TRANSFER_GO)
		ck_assert(buf_append_slice(&a->bytes, bytes));
	a->pauses += a->flow == TRANSFER_PAUSE;
	return a->flow;
}

static inline void asker_end(void *context, enum transfer_outcome outcome, const char *reason)
{
	struct asker *a = context;
	a->ends++;
	a->outcome = outcome;
	ck_assert_ptr_nonnull(reason);
	snprintf(a->reason, sizeof a->reason, "%s", reason);
}

static const struct transfer_callbacks asker_callbacks = {
    .read_body = asker_read,
    .on_status = asker_status,
    .on_field = asker_field,
    .on_head = asker_head,
    .on_body = asker_body,
    .on_end = asker_end,
};

static inline void asking_begin(struct asking *w, const char *url, const char *base)
{
	char text[128];
	snprintf(text, sizeof text, "%s%s", url, base);
	upstream_library_begin();
	w->loop = loop_create();
	w->upstream = upstream_create(
	    &(struct upstream_options){
		.name = "main", .url = text, .connect_timeout_ms = 5000, .max_connections = 8},
	    NULL);
	ck_assert_ptr_nonnull(w->upstream);
	w->pool = pool_create(w->loop, w->upstream, 8);
}

/* A world with a scripted server in it. */
static inline void asking_script(struct asking *w, const struct script *script, bool unix_socket)
{
	w->server = scripted_start(script, unix_socket);
	asking_begin(w, scripted_url(w->server), "");
}

/* The pool goes first: the script may wait for its connections to close. */
static inline void asking_finish(struct asking *w)
{
	pool_destroy(&w->pool);
	ck_assert_ptr_null(w->pool);
	scripted_finish(&w->server);
	upstream_destroy(&w->upstream);
	loop_destroy(&w->loop);
	upstream_library_end();
}

static inline void asking_turn(struct asking *w)
{
	int64_t ms = pool_timeout_ms(w->pool, clock_ms());
	loop_turn(w->loop, ms < 0 || ms > 20 ? 20 : (int)ms);
	pool_work(w->pool, clock_ms());
}

/* Turns until the condition holds, for some ten seconds at the most. */
#define ASKING_UNTIL(w, condition)                                                                 \
	do {                                                                                       \
		int64_t until_ms_ = clock_ms() + 10000;                                            \
		while (!(condition) && clock_ms() < until_ms_)                                     \
			asking_turn(w);                                                            \
		ck_assert(condition);                                                              \
	} while (0)

/* An asker of this request; with a body if it is not NULL. */
static inline void asker_start(struct asker *a, struct asking *w, const char *method,
			       const char *target, const char *body)
{
	struct transfer_request request = {
	    .method = slice_of(method),
	    .target = slice_of(target),
	    /* As forward_lines has it: else libcurl waits a second for a 100. */
	    .lines = slice_make("Expect:", sizeof "Expect:"),
	    .has_body = body != NULL,
	    .body_bytes = body ? (int64_t)strlen(body) : 0,
	    .callbacks = &asker_callbacks,
	    .context = a,
	};
	*a = (struct asker){
	    .body = slice_of(body), .fields = buf_make(1 << 16), .bytes = buf_make(64 << 20)};
	a->transfer = transfer_start(w->pool, &request);
	ck_assert_ptr_nonnull(a->transfer);
}

static inline void asker_finish(struct asker *a)
{
	transfer_destroy(&a->transfer);
	ck_assert_ptr_null(a->transfer);
	buf_finish(&a->fields);
	buf_finish(&a->bytes);
}

static inline void asker_expect(const struct asker *a, enum transfer_outcome outcome,
				unsigned status, const char *bytes)
{
	ck_assert_uint_eq(a->ends, 1);
	ck_assert_msg(a->outcome == outcome, "%d: %s", a->outcome, a->reason);
	ck_assert_uint_eq(a->status, status);
	ck_assert_msg(slice_is(buf_slice(&a->bytes), bytes), "%.*s",
		      SLICE_FMT(buf_slice(&a->bytes)));
}

/* A whole exchange, and what has to come of it. */
static inline void asker_exchange(struct asking *w, const char *method, const char *target,
				  const char *body, enum transfer_outcome outcome, unsigned status,
				  const char *bytes)
{
	struct asker a;
	asker_start(&a, w, method, target, body);
	ASKING_UNTIL(w, a.ends);
	asker_expect(&a, outcome, status, bytes);
	asker_finish(&a);
}
