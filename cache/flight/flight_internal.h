/* What a flight is made of, and what only the cache's door does with it. For flight.c,
 * flight_room.c, flight_table.c, cache.c and their tests. */
#pragma once

#include "cache/flight/blocks.h"
#include "cache/flight/flight.h"

#include <pthread.h>

struct flight {
	struct refs refs;
	/* constant after create */
	bool named; /* false: private from the beginning */
	struct name name;
	uint32_t branch;
	size_t hold_limit;
	int64_t begun_ms; /* of joinable ones */
	/* changes under the flight table's lock, before there is a head (cache_reform) */
	_Atomic(enum wire_form) form;
	/* guarded by the flight table */
	struct list tabled; /* on no list: nobody finds it */
	bool wanted;	    /* to be finished for the cache though nobody reads it */
	/* guarded by mu */
	pthread_mutex_t mu;
	enum flight_state state;
	bool joinable;
	bool outgrown;	 /* and was said to be */
	bool abandoned;	 /* and on_abandoned was called, or will be by flight_produce */
	bool wants_room; /* flight_room said no, */
	bool lagging;	 /* since lag_ms readers wait for one that lags, and nothing came */
	int64_t lag_ms;
	struct list readers; /* struct reader.link */
	size_t reader_count;
	size_t floor;	 /* the slowest reader's position, but for torn ones; 0 while joinable */
	size_t at_floor; /* how many readers that are not torn are there; not kept while joinable */
	struct producer *producer;
	void *head;
	void (*destroy_head)(void **head);
	char *reason;
	int reason_code;
	bool stored;
	struct blocks log;
};

struct flight_options {
	const struct name *name;
	enum wire_form form;
	size_t hold_limit;
	int64_t begun_ms;
	struct store *ledger;  /* charged with the log while the flight is joinable */
	struct budget *budget; /* of which is taken what the ledger is not charged with; or NULL */
	uint32_t branch;       /* see cache_question */
};

/* One reference, the caller's. Without a name: private, and only the budget counts. */
struct flight *flight_create(const struct flight_options *options);

/* The reader follows it from the beginning, with a reference of its own. */
void flight_join(struct flight *f, struct reader *r);

/* The reader is out, and its reference is the caller's. True if nobody reads it and nobody will:
 * then it is no longer joinable, and has to leave the table. */
MUST_CHECK bool flight_leave(struct flight *f, struct reader *r, bool finish_abandoned);

/* No longer joinable; what all have read is dropped from here on, and no more is charged to the
 * ledger, which is paid back as it is dropped. Without readers it is abandoned. The code tells
 * readers why. Nothing, if it was not joinable. */
void flight_part(struct flight *f, int reason_code);

void flight_finish(struct flight *f, bool stored, int reason_code);
void flight_fail(struct flight *f, int reason_code, const char *reason);

/* With the lock held, after whatever may have moved the slowest reader: drops what all have read,
 * and tells a producer that waits for room. In flight_room.c. */
void flight_make_room_locked(struct flight *f);

/* With the lock held: the position of the slowest reader that is not torn off, or the end. */
size_t flight_slowest_locked(const struct flight *f);

/* How many readers that are not torn are at a position. */
size_t flight_count_at_locked(const struct flight *f, size_t position);

/* For tests: aborts unless the flight is sound. */
void flight_check(struct flight *f);
