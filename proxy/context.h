/* A worker's context: the objects that its requests and fetches use. Each worker has one, and only
 * its thread uses it. Members marked "shared" point to objects that all workers use. */
#pragma once

#include "base/list.h"
#include "base/loop.h"
#include "base/mailbox.h"
#include "config/config.h"
#include "proxy/memory_quota.h"
#include "proxy/observe/access_log.h"
#include "proxy/observe/metrics.h"

struct cache;
struct canonical;
struct cors;
struct header_table;
struct header_watch;
struct api_keys;
struct hasher;
struct thread_pool;
struct pool;
struct request;
struct usage_refusals;

struct context {
	const struct config *config;
	struct cache *cache;		    /* shared */
	struct api_keys *api_keys;	    /* shared; NULL: no key is required */
	const struct header_table *headers; /* shared, constant */
	struct header_watch *watch;
	struct cors *cors;		       /* shared */
	struct usage_refusals *usage_refusals; /* shared */
	struct loop *loop;
	struct mailbox *mailbox; /* other threads may post */
	struct pool *pool;
	struct memory_quota quota;   /* this worker's share of limits.memory */
	struct thread_pool *helpers; /* shared; NULL: all work is done in this thread */
	size_t jobs;		     /* this worker's unfinished jobs */
	struct hasher *hasher;
	struct canonical *canonical;
	struct access_log access;
	struct metrics metrics;	       /* other threads may read */
	struct buf form;	       /* scratch for a canonical form; empty between requests */
	struct buf scope;	       /* scratch for a key scope */
	struct list fetches;	       // struct fetch.link
	struct list requests;	       // struct request.link
	struct request *spare_request; /* the memory of one that ended; NULL: none */
	struct list batch_fetches;     // struct batch_fetch.link
	bool draining;		       /* connections end after their current request */
};
