/* What a fetch is made of. For fetch.c, which runs it, and fetch_timeouts.c, which watches its
 * time.
 *
 * Threads: only the worker's. */
#pragma once

#include "cache/cache.h"
#include "proxy/upstream/fetch_request.h"
#include "proxy/header/header_fields.h"
#include "proxy/upstream/storable_check.h"
#include "proxy/upstream/transfer.h"

#include <stdatomic.h>

struct fetch {
	struct context *worker;
	struct list link; /* kit->fetches */
	struct message message;
	atomic_uint news;
	struct producer producer;
	struct transfer_limit_pass pass;
	/* the order */
	struct flight *flight;
	struct fetch_request request;
	enum wire_form unedited_form;
	bool refreshes;
	struct name refresh;
	enum wire_form form;
	int64_t ttl_ms;
	bool heeds;
	struct digest asked;
	/* the answer */
	struct transfer *transfer;
	struct head *head; /* until the flight has it */
	char *content_type;
	struct storable_check *check; /* NULL: it is not to be stored */
	bool headed;
	bool begun;  /* a byte of the body came */
	bool ended;  /* the transfer did, well */
	bool parted; /* outgrew cache.max_entry */
	bool retried;
	bool paused; /* the flight had no room */
	int64_t begun_ms;
	int64_t deadline_ms;  /* for the first byte of the body, then for the next ones */
	enum failure failure; /* why a callback stopped the transfer */
};

/* Tells the readers, and ends it. */
void fetch_fail(struct fetch *f, enum failure why, const char *reason);

/* Something has come or gone: from here on the next thing is waited for. */
void fetch_expect(struct fetch *f, int64_t now_ms);
