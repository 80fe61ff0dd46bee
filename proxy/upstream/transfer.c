#include "proxy/upstream/transfer.h"

#include "base/memory.h"
#include "proxy/upstream/pool_internal.h"

#include <stdlib.h>

/* A transfer pauses after so many bytes, so that others get their turn: libcurl reads a socket up
 * to a hundred times (1.6 MB) in a row while bytes are there. */
enum { BURST = 128 << 10 };

struct transfer {
	struct pool *pool;
	CURL *easy;
	struct curl_slist *lines;
	char *method;
	char *target;
	const struct transfer_callbacks *callbacks;
	void *context;
	struct socket_claim claim;
	bool got_line;	      /* a line of a response arrived */
	bool head_done;	      /* fields from here on are trailers */
	bool interim;	      /* the head being read is a 1xx */
	bool got_status;      /* the final status line arrived */
	bool unusable;	      /* bytes were on the kept connection before the request was sent */
	size_t burst;	      /* bytes since the last pause of our own */
	struct list resuming; /* in the pool's list, while paused by us */
	int64_t body_left;    /* bytes of the request body; -1: unknown */
	bool sending_body;    /* there is a body, and libcurl has not read all of it */
	bool body_begun;      /* libcurl has read some of it */
	bool ended;
	const char *fault; /* what is wrong with the response; NULL: see libcurl's error */
	char error[CURL_ERROR_SIZE];
};

static void count_body(struct transfer *t, long given)
{
	t->body_begun = t->body_begun || given > 0;
	if (t->body_left >= 0)
		t->body_left -= given;
	t->sending_body = given > 0 && t->body_left != 0;
}

static size_t on_read(char *at, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	/* The head was sent and may have made the server send bytes that it had held back. They are
	 * not a response to a request whose body it has not seen. */
	t->unusable = !t->body_begun && t->claim.kept && !sockets_silent(&t->claim);
	if (t->unusable)
		return CURL_READFUNC_ABORT;
	long got = t->callbacks->read_body(t->context, at, size * count);
	if (got == TRANSFER_BODY_LATER)
		return CURL_READFUNC_PAUSE;
	if (got < 0)
		return CURL_READFUNC_ABORT;
	count_body(t, got);
	return (size_t)got;
}

/* Whether a response on a kept connection came before the request body was sent. If none of the
 * body was sent, it belongs to another request; if a part was sent, it may be an error but not a
 * success. */
static bool is_premature(struct transfer *t, unsigned status)
{
	if (!t->sending_body || !t->claim.kept)
		return false;
	t->unusable = !t->body_begun;
	return t->unusable || (status >= 200 && status < 300);
}

static size_t on_write(char *at, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	size_t len = size * count;
	/* A body without a final head: after an unexpected 101, or because libcurl takes any line
	 * that begins with CR for the end of the head. */
	if (!t->head_done)
		return len + 1;
	if (t->burst >= BURST) {
		t->burst = 0;
		list_remove(&t->resuming);
		pool_resume_later(t->pool, &t->resuming);
		return CURL_WRITEFUNC_PAUSE;
	}
	switch (t->callbacks->on_body(t->context, slice_make(at, len))) {
	case TRANSFER_GO:
		t->burst += len;
		return len;
	case TRANSFER_PAUSE:
		return CURL_WRITEFUNC_PAUSE;
	case TRANSFER_STOP:
		break;
	}
	return len + 1;
}

/* Whether it is a version of HTTP/1 (RFC 9112 §2.3). libcurl 7.88 refuses most others, 8.14 takes
 * HTTP/3.7 for HTTP/1.0. */
static bool is_version(struct slice s)
{
	return s.len == 8 && slice_starts(s, slice_of("HTTP/1.")) && s.at[7] >= '0' &&
	       s.at[7] <= '9';
}

static bool read_status(struct transfer *t, struct slice line)
{
	struct slice rest = line;
	if (!is_version(slice_cut(&rest, ' ')))
		return false;
	unsigned status = 0;
	for (size_t i = 0; i < 3; i++) {
		if (i == rest.len || rest.at[i] < '0' || rest.at[i] > '9')
			return false;
		status = status * 10 + (unsigned)(rest.at[i] - '0');
	}
	t->interim = status < 200;
	if (t->interim)
		return true;
	if (is_premature(t, status))
		return false;
	t->got_status = true;
	t->callbacks->on_status(t->context, status);
	return true;
}

/* A folded line (RFC 9112 §5.2) continues the previous value, which would be wrong without it: such
 * a response is refused. */
static bool read_field(struct transfer *t, struct slice line)
{
	if (line.at[0] == ' ' || line.at[0] == '\t') {
		t->fault = "a field of its head is folded";
		return false;
	}
	struct slice value = line;
	struct slice name = slice_cut(&value, ':');
	if (!value.at || name.len == 0)
		return true;
	return t->callbacks->on_field(t->context, name, slice_trim(value));
}

static bool read_line(struct transfer *t, struct slice line)
{
	if (t->head_done)
		return true;
	if (slice_starts(line, slice_of("HTTP/")))
		return read_status(t, line);
	if (t->interim)
		return true;
	/* libcurl takes "HtTP/1.1 200 OK" for a status line, we do not. */
	if (!t->got_status)
		return false;
	if (line.len)
		return read_field(t, line);
	t->head_done = true;
	t->callbacks->on_head(t->context);
	return true;
}

static size_t on_header(char *at, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	struct slice line = {at, size * count};
	t->got_line = true;
	while (line.len && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
		line.len--;
	return read_line(t, line) ? size * count : 0;
}

/* Called by libcurl when it has chosen a connection, before it sends anything. */
static int before_request(void *context, char *peer, char *local, int peer_port, int local_port)
{
	struct transfer *t = context;
	const struct connection_ends ends = {peer, local, peer_port, local_port};
	t->unusable =
	    pool_keeps(t->pool) && !sockets_claim(pool_sockets(t->pool), &t->claim, &ends);
	return t->unusable ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Sets method, target and body. False: no memory; then the request must not be sent. */
static bool set_request(struct transfer *t, const struct transfer_request *r)
{
	if (curl_easy_setopt(t->easy, CURLOPT_REQUEST_TARGET, t->target) != CURLE_OK)
		return false;
	if (slice_is(r->method, "HEAD"))
		return curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
	if (r->has_body) {
		curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_bytes);
		curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
	} else {
		curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
	}
	return curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, t->method) == CURLE_OK;
}

static void set_callbacks(struct transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
}

static bool set_lines(struct transfer *t, struct slice lines)
{
	while (lines.len) {
		struct curl_slist *longer = curl_slist_append(t->lines, lines.at);
		if (!longer)
			return false;
		t->lines = longer;
		lines = slice_after(lines, strlen(lines.at) + 1);
	}
	return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->lines) == CURLE_OK;
}

static char *full_target(const struct upstream *u, struct slice target)
{
	bool star = slice_is(target, "*");
	size_t base_len = star ? 0 : upstream_base_length(u, target);
	char *at = memory_zeroed(base_len + target.len + 1);
	memcpy(at, u->base, base_len);
	memcpy(at + base_len, target.at, target.len);
	return at;
}

void transfer_destroy(struct transfer **t)
{
	struct transfer *gone = take(t);
	if (!gone)
		return;
	if (!gone->ended)
		curl_multi_remove_handle(pool_multi(gone->pool), gone->easy);
	list_remove(&gone->resuming);
	sockets_release(&gone->claim);
	curl_easy_cleanup(gone->easy);
	curl_slist_free_all(gone->lines);
	free(gone->method);
	free(gone->target);
	free(gone);
}

void transfer_resume(struct transfer *t)
{
	if (!t->ended)
		curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

/* Whether anything of a response arrived. Over TLS bytes alone do not count: closing a kept
 * connection sends some. */
static bool got_anything(const struct transfer *t)
{
	struct slice origin = slice_of(pool_upstream(t->pool)->origin);
	return t->got_line || (t->claim.answered && !slice_starts(origin, slice_of("https:")));
}

/* Whether a kept connection broke before any response arrived. libcurl then tries to send the
 * request again on its own; with a body that cannot be rewound it connects and fails. */
static bool is_stale(struct transfer *t, CURLcode code)
{
	/* Nothing of the body was sent: whatever came was not the response to this request. */
	if (t->unusable || (t->sending_body && !t->body_begun && t->claim.kept))
		return true;
	if (got_anything(t))
		return false;
	if (code == CURLE_SEND_FAIL_REWIND)
		return true;
	bool broke =
	    code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
	return broke && t->claim.kept;
}

static enum transfer_outcome outcome_of(struct transfer *t, CURLcode code)
{
	/* libcurl accepts a head that ends in the middle. */
	if (code == CURLE_OK)
		return t->head_done ? TRANSFER_FINE : TRANSFER_TORN;
	if (is_stale(t, code))
		return TRANSFER_STALE;
	/* libcurl returns this, too, if the head is longer than its limit. */
	if (code == CURLE_OUT_OF_MEMORY && !t->got_line)
		return TRANSFER_NO_MEMORY;
	curl_off_t connected_us = 0;
	curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
	if (connected_us == 0 && !t->got_line)
		return code == CURLE_OPERATION_TIMEDOUT ? TRANSFER_SLOW_CONNECT
							: TRANSFER_UNREACHABLE;
	return TRANSFER_TORN;
}

/* libcurl's messages name hosts and ports but no credentials. */
static const char *reason_of(struct transfer *t, CURLcode code)
{
	if (t->fault)
		return t->fault;
	if (code == CURLE_OUT_OF_MEMORY && t->got_line)
		return "its head is too long";
	return t->error[0] ? t->error : curl_easy_strerror(code);
}

static void on_resume(struct list *link)
{
	transfer_resume(container_of(link, struct transfer, resuming));
}

static void on_ended(CURL *easy, CURLcode code)
{
	struct transfer *t = NULL;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	sockets_release(&t->claim);
	enum transfer_outcome outcome = outcome_of(t, code);
	curl_multi_remove_handle(pool_multi(t->pool), easy);
	t->ended = true;
	t->callbacks->on_end(t->context, outcome, reason_of(t, code));
}

/* ## Life */

struct transfer *transfer_start(struct pool *pool, const struct transfer_request *r)
{
	static const struct pool_events events = {on_ended, on_resume};
	CURL *easy = pool_handle(pool, &events);
	if (!easy)
		return NULL;
	struct transfer *t = memory_new(struct transfer);
	t->pool = pool;
	t->body_left = r->body_bytes;
	/* libcurl sends no body with HEAD. */
	t->sending_body = r->has_body && r->body_bytes != 0 && !slice_is(r->method, "HEAD");
	t->easy = easy;
	list_init(&t->resuming);
	t->callbacks = r->callbacks;
	t->context = r->context;
	t->method = memory_copy(r->method.at, r->method.len);
	t->target = full_target(pool_upstream(pool), r->target);
	set_callbacks(t);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, r->fresh || !pool_keeps(pool) ? 1L : 0L);
	if (r->anonymous)
		curl_easy_setopt(easy, CURLOPT_USERPWD, NULL);
	if (set_request(t, r) && set_lines(t, r->lines) &&
	    curl_multi_add_handle(pool_multi(pool), easy) == CURLM_OK)
		return t;
	t->ended = true;
	transfer_destroy(&t);
	return NULL;
}
