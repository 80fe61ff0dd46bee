/* Transfers for tests: clients of a scripted server, which record the callbacks they get, and a
 * loop that runs them. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "proxy/upstream/transfer.h"
#include "tests/unit/main.h"
#include "tests/unit/scripted.h"

#include <stdio.h>

/* What one test needs. */
struct fixture {
	struct loop *loop;
	struct upstream *upstream;
	struct pool *pool;
	struct scripted *server;
};

/* One transfer, with what it sends and what its callbacks recorded. */
struct client {
	struct transfer *transfer;
	/* what read_body returns */
	struct slice body;
	size_t given;
	bool body_late;	  /* the rest comes later */
	bool body_broken; /* behind these bytes */
	size_t reads;	  /* calls of read_body */
	/* what on_body returns; decide, if not NULL, may change it for each piece */
	enum transfer_flow flow;
	void (*decide)(struct client *a, struct slice bytes);
	size_t pauses;
	/* what the callbacks got */
	unsigned status;
	unsigned heads;
	struct buf fields; /* "Name: value\n" for each */
	struct buf bytes;
	unsigned ends;
	enum transfer_outcome outcome;
	char reason[256];
};

static inline long client_read(void *context, char *at, size_t room)
{
	struct client *a = context;
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

static inline void client_status(void *context, unsigned status)
{
	struct client *a = context;
	ck_assert_uint_eq(a->status, 0);
	a->status = status;
}

static inline bool client_field(void *context, struct slice name, struct slice value)
{
	struct client *a = context;
	ck_assert_uint_ne(a->status, 0);
	ck_assert_uint_eq(a->heads, 0);
	return buf_printf(&a->fields, "%.*s: %.*s\n", SLICE_FMT(name), SLICE_FMT(value));
}

static inline void client_head(void *context)
{
	struct client *a = context;
	ck_assert_uint_ne(a->status, 0);
	a->heads++;
}

static inline enum transfer_flow client_body(void *context, struct slice bytes)
{
	struct client *a = context;
	/* All users of transfers rely on this order. */
	ck_assert_uint_eq(a->heads, 1);
	ck_assert_uint_eq(a->ends, 0);
	if (a->decide)
		a->decide(a, bytes);
	if (a->flow == TRANSFER_GO)
		ck_assert(buf_append_slice(&a->bytes, bytes));
	a->pauses += a->flow == TRANSFER_PAUSE;
	return a->flow;
}

static inline void client_end(void *context, enum transfer_outcome outcome, const char *reason)
{
	struct client *a = context;
	a->ends++;
	a->outcome = outcome;
	ck_assert_ptr_nonnull(reason);
	snprintf(a->reason, sizeof a->reason, "%s", reason);
}

static const struct transfer_callbacks client_callbacks = {
    .read_body = client_read,
    .on_status = client_status,
    .on_field = client_field,
    .on_head = client_head,
    .on_body = client_body,
    .on_end = client_end,
};

static inline void fixture_begin(struct fixture *w, const char *url, const char *base)
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

/* Begins a fixture with a scripted server. */
static inline void fixture_script(struct fixture *w, const struct script *script, bool unix_socket)
{
	w->server = scripted_start(script, unix_socket);
	fixture_begin(w, scripted_url(w->server), "");
}

/* Destroys the pool first: the script may wait for its connections to close. */
static inline void fixture_finish(struct fixture *w)
{
	pool_destroy(&w->pool);
	ck_assert_ptr_null(w->pool);
	scripted_finish(&w->server);
	upstream_destroy(&w->upstream);
	loop_destroy(&w->loop);
	upstream_library_end();
}

static inline void fixture_turn(struct fixture *w)
{
	int64_t ms = pool_timeout_ms(w->pool, clock_ms());
	loop_turn(w->loop, ms < 0 || ms > 20 ? 20 : (int)ms);
	pool_work(w->pool, clock_ms());
}

/* Runs the loop until the condition is true, for at most ten seconds. */
#define FIXTURE_UNTIL(w, condition)                                                                \
	do {                                                                                       \
		int64_t until_ms_ = clock_ms() + 10000;                                            \
		while (!(condition) && clock_ms() < until_ms_)                                     \
			fixture_turn(w);                                                           \
		ck_assert(condition);                                                              \
	} while (0)

/* Starts a transfer of this request; body NULL: without a body. */
static inline void client_start(struct client *a, struct fixture *w, const char *method,
				const char *target, const char *body)
{
	struct transfer_request request = {
	    .method = slice_of(method),
	    .target = slice_of(target),
	    /* As in forward_lines: otherwise libcurl waits a second for a 100. */
	    .lines = slice_make("Expect:", sizeof "Expect:"),
	    .has_body = body != NULL,
	    .body_bytes = body ? (int64_t)strlen(body) : 0,
	    .callbacks = &client_callbacks,
	    .context = a,
	};
	*a = (struct client){
	    .body = slice_of(body), .fields = buf_make(1 << 16), .bytes = buf_make(64 << 20)};
	a->transfer = transfer_start(w->pool, &request);
	ck_assert_ptr_nonnull(a->transfer);
}

static inline void client_finish(struct client *a)
{
	transfer_destroy(&a->transfer);
	ck_assert_ptr_null(a->transfer);
	buf_finish(&a->fields);
	buf_finish(&a->bytes);
}

static inline void client_expect(const struct client *a, enum transfer_outcome outcome,
				 unsigned status, const char *bytes)
{
	ck_assert_uint_eq(a->ends, 1);
	ck_assert_msg(a->outcome == outcome, "%d: %s", a->outcome, a->reason);
	ck_assert_uint_eq(a->status, status);
	ck_assert_msg(slice_is(buf_slice(&a->bytes), bytes), "%.*s",
		      SLICE_FMT(buf_slice(&a->bytes)));
}

/* Makes a whole exchange and checks its outcome. */
static inline void client_exchange(struct fixture *w, const char *method, const char *target,
				   const char *body, enum transfer_outcome outcome, unsigned status,
				   const char *bytes)
{
	struct client a;
	client_start(&a, w, method, target, body);
	FIXTURE_UNTIL(w, a.ends);
	client_expect(&a, outcome, status, bytes);
	client_finish(&a);
}

/* Checks the end of a POST that was started while the kept connection had stray bytes on it.
 * libcurl 7.88 would use such a connection, so the transfer is stopped before anything is sent, and
 * the caller must repeat it; 8.14 detects the bytes and uses another connection. */
static inline void client_end_after_strays(struct client *a, struct fixture *w, const char *body,
					   const char *bytes)
{
	FIXTURE_UNTIL(w, a->ends);
	bool stale = a->outcome == TRANSFER_STALE;
	client_expect(a, stale ? TRANSFER_STALE : TRANSFER_FINE, stale ? 0 : 200,
		      stale ? "" : bytes);
	ck_assert_uint_eq(a->given, stale ? 0 : strlen(body));
	client_finish(a);
	if (stale)
		client_exchange(w, "POST", "/", body, TRANSFER_FINE, 200, bytes);
}
