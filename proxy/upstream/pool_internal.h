/* The pool's interface for transfer.c. */
#pragma once

#include "base/list.h"
#include "proxy/upstream/pool.h"
#include "proxy/upstream/sockets.h"

#include <curl/curl.h>

struct pool_events {
	/* The transfer of an easy handle has ended. */
	void (*ended)(CURL *easy, CURLcode code);
	/* Resume a transfer that was passed to pool_resume_later. */
	void (*resume)(struct list *link);
};

/* Returns a new easy handle with the options of the pool and the upstream, for one transfer; the
 * caller frees it with curl_easy_cleanup. All handles of a pool have the same events. NULL: no
 * memory. */
CURL *pool_handle(struct pool *p, const struct pool_events *events);

CURLM *pool_multi(struct pool *p);
struct sockets *pool_sockets(struct pool *p);

/* Resumes a paused transfer in the next pool_work, so that others get their turn first: it had
 * received a lot at once. The link must be on no list; the transfer removes it when it is
 * destroyed. */
void pool_resume_later(struct pool *p, struct list *link);

/* Whether connections are kept between transfers. Those to a unix socket are not: we cannot tell
 * which one libcurl has chosen, and a new one is cheap. */
bool pool_keeps(const struct pool *p);
