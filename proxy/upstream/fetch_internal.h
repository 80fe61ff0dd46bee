/* The state of a fetch, shared by fetch.c and fetch_timeouts.c.
 *
 * Threads: the worker's. */
#pragma once

#include "cache/cache.h"
#include "proxy/header/header_fields.h"
#include "proxy/upstream/fetch_request.h"
#include "proxy/upstream/storable_check.h"
#include "proxy/upstream/transfer.h"

#include <stdatomic.h>

struct fetch {
	struct context *worker;
	struct list link; /* in worker->fetches */
	struct message message;
	atomic_uint news;
	struct producer producer;
	struct transfer_limit_pass pass;
	/* the order */
	struct flight *flight;
	struct fetch_request request;
	enum wire_form unedited_form;
	bool refreshes;
	struct cache_key refresh;
	enum wire_form form;
	int64_t ttl_ms;
	bool heeds;
	struct digest asked;
	/* the response */
	struct transfer *transfer;
	struct head *head; /* until the flight takes it */
	char *content_type;
	struct storable_check *check; /* NULL: the response is not to be stored */
	bool headed;		      /* the head is complete and belongs to the flight */
	bool begun;		      /* a byte of the body arrived */
	bool ended;		      /* the transfer completed without error */
	bool outgrown;		      /* the body is larger than cache.max_entry */
	bool retried;		      /* sent again after a stale connection */
	bool paused;		      /* the flight had no room, or a helper was busy */
	int64_t begun_ms;
	int64_t deadline_ms;  /* for the first byte of the body, later for the next one */
	enum failure failure; /* why a callback stopped the transfer */
};

/* Fails the flight, with the reason for the log and the readers, and frees f. */
void fetch_fail(struct fetch *f, enum failure why, const char *reason);

/* Restarts the timeout, since bytes were sent or received. */
void fetch_expect(struct fetch *f, int64_t now_ms);
