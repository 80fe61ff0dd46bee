/* What transfer.c sees of a pool. */
#pragma once

#include "base/list.h"
#include "proxy/upstream/pool.h"
#include "proxy/upstream/sockets.h"

#include <curl/curl.h>

/* What a pool tells those who have its easy handles. */
struct pool_events {
	/* The transfer of an easy handle has ended. */
	void (*ended)(CURL *easy, CURLcode code);
	/* One that rested (pool_rest) goes on. */
	void (*rested)(struct list *link);
};

/* A new easy handle with the pool's and the upstream's options set, for one transfer, whose end is
 * curl_easy_cleanup. The events are the same for all of a pool. NULL: memory. */
CURL *pool_handle(struct pool *p, const struct pool_events *events);

CURLM *pool_multi(struct pool *p);
struct sockets *pool_sockets(struct pool *p);

/* A transfer that has brought a lot in one go has paused: it is resumed in the next pool_work, so
 * that others have their turn in between. A link that is on no list; the transfer takes it off
 * again when it is destroyed. */
void pool_rest(struct pool *p, struct list *link);

/* Whether connections are kept between transfers: those of a unix socket are not, since nothing
 * tells which of them libcurl has chosen, and a new one costs little. */
bool pool_keeps(const struct pool *p);
