/* A kit: what a worker lends to its requests and fetches. Each worker has one; only its thread
 * touches it, and what it points to says for itself whether it is shared. */
#pragma once

#include "base/list.h"
#include "base/loop.h"
#include "base/mailbox.h"
#include "config/config.h"
#include "proxy/observe/access_log.h"
#include "proxy/memory_quota.h"
#include "proxy/observe/metrics.h"

struct cache;
struct canonical;
struct cors;
struct header_table;
struct header_watch;
struct api_keys;
struct namer;
struct thread_pool;
struct pool;
struct usage_refusals;

struct context {
	const struct config *config;
	struct cache *cache;		    /* shared */
	struct api_keys *api_keys;	    /* shared; NULL: no key is asked for */
	const struct header_table *headers; /* shared, constant */
	struct header_watch *watch;
	struct cors *cors;		       /* shared */
	struct usage_refusals *usage_refusals; /* shared */
	struct loop *loop;
	struct mailbox *mailbox; /* others may post */
	struct pool *pool;
	struct memory_quota quota;   /* of limits.memory */
	struct thread_pool *helpers; /* shared; NULL: all is done on the spot */
	size_t jobs;		     /* of this worker's, that are not done */
	struct namer *namer;
	struct canonical *canonical;
	struct access_log access;
	struct metrics metrics;	   /* others may read */
	struct buf form;	   /* scratch: a canonical form; empty between requests */
	struct buf scope;	   /* scratch: a scope */
	struct list fetches;	   // struct fetch.link
	struct list requests;	   // struct request.link
	struct list batch_fetches; // struct batch_fetch.link
	bool draining;		   /* no more requests on a connection after the one it has */
};
