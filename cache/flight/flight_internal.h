/* The struct of a flight, and the functions that only the cache calls. For flight.c, flight_room.c,
 * flight_table.c, cache.c and their tests. */
#pragma once

#include "cache/flight/blocks.h"
#include "cache/flight/flight.h"

#include <pthread.h>

struct flight {
	struct refs refs;
	/* constant after create */
	bool keyed; /* has a cache key; false: private from the beginning */
	struct cache_key key;
	uint32_t branch;
	size_t hold_limit;
	int64_t begun_ms; /* of those with a key */
	/* changes under the flight table's lock, before there is a head (cache_reform) */
	_Atomic(enum wire_form) form;
	/* guarded by the flight table */
	struct list table_link; /* on no list: not in the table */
	bool wanted;		/* repeated (cache_abandon) */
	/* guarded by mu */
	pthread_mutex_t mu;
	enum flight_state state;
	bool joinable;
	bool outgrown;	 /* and flight_append has reported it */
	bool abandoned;	 /* on_abandoned was called, or flight_produce will call it */
	bool wants_room; /* flight_room returned false and on_room has not been called */
	bool lagging; /* readers wait for one that lags, and nothing was appended, since lag_ms */
	int64_t lag_ms;
	struct list readers; /* struct reader.link */
	size_t reader_count;
	size_t floor;	 /* position of the slowest reader that is not torn; 0 while joinable */
	size_t at_floor; /* readers at the floor that are not torn; not valid while joinable */
	struct producer *producer;
	void *head;
	void (*destroy_head)(void **head);
	char *reason;
	int reason_code;
	bool stored;
	struct blocks log;
};

struct flight_options {
	const struct cache_key *key; /* NULL: private */
	enum wire_form form;
	size_t hold_limit;
	int64_t begun_ms;
	struct store *ledger;  /* charged for the log while the flight is joinable */
	struct budget *budget; /* pays for blocks that the ledger is not charged for; or NULL */
	uint32_t branch;       /* see cache_question */
};

/* Returns a flight with one reference, the caller's. Without a key it is private, and only the
 * budget of the options applies. */
struct flight *flight_create(const struct flight_options *options);

/* Lets the reader follow the flight from its beginning. The reader gets its own reference. */
void flight_join(struct flight *f, struct reader *r);

/* Detaches the reader; its reference passes to the caller. True if the flight was abandoned: it has
 * no readers, has not ended and is not to be finished without them. Then it is no longer joinable,
 * and the caller removes it from the table. */
MUST_CHECK bool flight_leave(struct flight *f, struct reader *r, bool finish_abandoned);

/* Makes the flight no longer joinable: it drops what all readers have read, and charges no further
 * blocks to the ledger, which is credited as blocks are dropped. If there are no readers, it is
 * abandoned. The code tells readers why. Does nothing if the flight is not joinable. */
void flight_unshare(struct flight *f, int reason_code);

void flight_finish(struct flight *f, bool stored, int reason_code);
void flight_fail(struct flight *f, int reason_code, const char *reason);

/* With the lock held, after any change that may have moved the floor: drops what all readers have
 * read, and calls on_room if the producer waits for it. In flight_room.c. */
void flight_make_room_locked(struct flight *f);

/* With the lock held: the position of the slowest reader that is not torn off; the end if there is
 * none. */
size_t flight_slowest_locked(const struct flight *f);

/* With the lock held: the number of readers at a position that are not torn off. */
size_t flight_count_at_locked(const struct flight *f, size_t position);

/* For tests: aborts unless the flight is consistent. */
void flight_check(struct flight *f);
