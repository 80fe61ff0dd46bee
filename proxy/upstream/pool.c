#include "proxy/upstream/pool.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/upstream/pool_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "pool"
#include "base/log.h"

struct pool {
	const struct pool_events *events; /* NULL: no handle was created yet */
	const struct upstream *upstream;
	CURLM *multi;
	struct sockets *sockets;
	int64_t timer_ms;     /* relative, as set by libcurl; -1: none */
	bool timer_is_new;    /* timer_due_ms was not yet computed from timer_ms */
	int64_t timer_due_ms; /* -1: none */
	struct list resuming; // struct transfer.resuming
};

static void on_ready(void *context, int fd, uint32_t events)
{
	struct pool *p = context;
	int mask = 0;
	if (events & EPOLLIN)
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		mask |= CURL_CSELECT_ERR | CURL_CSELECT_IN;
	int running;
	ensure(curl_multi_socket_action(p->multi, fd, mask, &running) == CURLM_OK);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	struct pool *p = context;
	uint32_t events = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	/* An error from here would end all transfers (CURLM_ABORTED_BY_CALLBACK; since 8.0
	 * permanently). Without it, this transfer ends by its timeout. */
	if (!sockets_watch(p->sockets, fd, events))
		log_error("a connection to the upstream cannot be watched: %s", strerror(errno));
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct pool *p = context;
	p->timer_ms = timeout_ms;
	p->timer_is_new = true;
	return 0;
}

struct pool *pool_create(struct loop *loop, const struct upstream *upstream, unsigned keep)
{
	struct pool *p = memory_new(struct pool);
	list_init(&p->resuming);
	p->upstream = upstream;
	p->timer_due_ms = -1;
	p->sockets = sockets_create(loop, on_ready, p);
	p->multi = curl_multi_init();
	ensure(p->multi != NULL);
	curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
	curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
	curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)keep);
	curl_multi_setopt(p->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	return p;
}

void pool_destroy(struct pool **p)
{
	struct pool *gone = take(p);
	if (!gone)
		return;
	curl_multi_cleanup(gone->multi);
	sockets_destroy(&gone->sockets);
	free(gone);
}

const struct upstream *pool_upstream(const struct pool *p)
{
	return p->upstream;
}

CURLM *pool_multi(struct pool *p)
{
	return p->multi;
}

struct sockets *pool_sockets(struct pool *p)
{
	return p->sockets;
}

bool pool_keeps(const struct pool *p)
{
	return p->upstream->socket_path == NULL;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct pool *p = context;
	return sockets_open(p->sockets, a->family, a->socktype, a->protocol);
}

static int close_socket(void *context, curl_socket_t fd)
{
	struct pool *p = context;
	return sockets_close(p->sockets, fd);
}

/* No proxies from the environment, no .netrc, redirects or HTTP/2, and no decoding of the body. */
static void set_common(struct pool *p, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)p->upstream->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, pool_keeps(p) ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, p);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, p);
}

/* Sets the address and the credential. False: no memory; then nothing may be sent. */
static bool set_upstream(const struct upstream *u, CURL *easy)
{
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, u->origin);
	if (!code && u->socket_path)
		code = curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, u->socket_path);
	if (!code && u->userinfo)
		code = curl_easy_setopt(easy, CURLOPT_USERPWD, u->userinfo);
	if (!code && *u->ca_file)
		code = curl_easy_setopt(easy, CURLOPT_CAINFO, u->ca_file);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, u->verify ? 1L : 0L);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, u->verify ? 2L : 0L);
	return code == CURLE_OK;
}

/* Handles are not reused: curl_easy_reset does not say that it had no memory for its defaults. */
CURL *pool_handle(struct pool *p, const struct pool_events *events)
{
	p->events = events;
	CURL *easy = curl_easy_init();
	if (!easy)
		return NULL;
	set_common(p, easy);
	if (set_upstream(p->upstream, easy))
		return easy;
	curl_easy_cleanup(easy);
	return NULL;
}

void pool_resume_later(struct pool *p, struct list *link)
{
	list_append(&p->resuming, link);
}

int64_t pool_timeout_ms(const struct pool *p, int64_t now_ms)
{
	if (!list_empty(&p->resuming))
		return 0;
	if (p->timer_is_new)
		return p->timer_ms;
	if (p->timer_due_ms < 0)
		return -1;
	return p->timer_due_ms > now_ms ? p->timer_due_ms - now_ms : 0;
}

static void work_timer(struct pool *p, int64_t now_ms)
{
	if (p->timer_is_new) {
		p->timer_due_ms = p->timer_ms < 0 ? -1 : now_ms + p->timer_ms;
		p->timer_is_new = false;
	}
	if (p->timer_due_ms < 0 || p->timer_due_ms > now_ms)
		return;
	p->timer_due_ms = -1;
	int running;
	ensure(curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running) == CURLM_OK);
}

static void resume_all(struct pool *p)
{
	struct list now;
	list_init(&now);
	if (list_empty(&p->resuming))
		return;
	/* Transfers that pause meanwhile are resumed by the next pool_work. */
	list_insert(&p->resuming, &now);
	list_remove(&p->resuming);
	while (!list_empty(&now)) {
		struct list *link = now.next;
		list_remove(link);
		p->events->resume(link);
	}
}

void pool_work(struct pool *p, int64_t now_ms)
{
	resume_all(p);
	work_timer(p, now_ms);
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(p->multi, &left));)
		if (m->msg == CURLMSG_DONE)
			p->events->ended(m->easy_handle, m->data.result);
}
