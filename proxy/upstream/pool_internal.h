/* What transfer.c sees of a pool. */
#pragma once

#include "proxy/upstream/pool.h"
#include "proxy/upstream/sockets.h"

#include <curl/curl.h>

/* An easy handle with the pool's and the upstream's options set; pool_give takes it back. NULL:
 * memory. */
CURL *pool_take(struct pool *p);
void pool_give(struct pool *p, CURL *easy);

CURLM *pool_multi(struct pool *p);
struct sockets *pool_sockets(struct pool *p);

/* transfer.c: whether the transfer of an easy handle waits for transfer_resume to take more of its
 * answer. False for libcurl's own handles. */
bool transfer_paused(CURL *easy);

/* transfer.c: the transfer of an easy handle has ended. */
void transfer_ended(CURL *easy, CURLcode code);
