/* A flight: an answer in the making. One producer writes it, any number of readers follow it.
 *
 *             flight_head        cache_finish
 *     OPEN ----------------> HEAD ------------> DONE
 *       |                     |
 *       +------- cache_fail --+---------------> FAILED
 *
 * The leader is a reader like the others. A private flight has one reader and nobody can join it;
 * a joinable one is in the flight table and holds its whole log, up to hold_limit bytes. A joinable
 * flight that outgrows this, or whose head says that it will not be stored, is parted (cache_part)
 * and follows the rules of a private one: what all readers have read is dropped, and the producer
 * is asked to pause while the slowest reader is more than WINDOW bytes behind.
 *
 * A reader that is alone is waited for. Where others have read all there is and wait, one that is
 * a WINDOW behind has LAG_MS to come within half a WINDOW; then it is torn off (flight_tear_off):
 * it gets nothing more, and the others go on. Where the budget is full there is less than a WINDOW
 * between them, and only bytes that come for the others end its time, however often it reads one.
 * A healthy reader, whom the scheduler or a slow network keeps back for a moment, so survives a
 * burst of the producer's; one that does not read stops the others for LAG_MS and no longer.
 *
 * The log is a list of blocks that only grows at its end.
 *
 * Waking: a reader that finds nothing new says what it waits for (flight_look); once that has come,
 * its wake is called exactly once, in the producer's thread or whichever caused it, with the
 * flight's lock held. It may only post a letter. A reader that is torn off is woken once more,
 * whether it waits or not.
 *
 * Lock order, for all of cache/:  flight table -> flight -> (shard | mailbox).
 *
 * Threads: any function from any thread, unless it says producer (the one thread that writes) or
 * reader (the one thread that owns this reader). Counted; the table, the producer and each joined
 * reader hold a reference. */
#pragma once

#include "base/list.h"
#include "base/slice.h"
#include "cache/store/entry.h"

enum flight_state {
	FLIGHT_OPEN,
	FLIGHT_HEAD,
	FLIGHT_DONE,
	FLIGHT_FAILED,
};

/* How far ahead of its slowest reader a flight that is not joinable may get. */
enum { FLIGHT_WINDOW = 1 << 20 };

/* How long others wait for a reader that lags: ten times what a busy machine needs to let a thread
 * run again. Half a WINDOW in this time is 4 Mbit/s. */
enum { FLIGHT_LAG_MS = 1000 };

struct flight;

/* What a reader can wait for. Each is also fulfilled by FAILED. */
enum flight_awaits {
	AWAITS_HEAD,  /* the head */
	AWAITS_BYTES, /* bytes behind the reader's position, or the end */
	AWAITS_END, /* DONE; or that the flight is no longer joinable, since then it has to be read
		     * along to make progress */
};

/* One request's place in a flight. Embedded in the request. */
struct reader {
	/* set by the owner before it opens, then constant */
	void (*wake)(struct reader *r);
	/* private to flight.c; guarded by the flight */
	struct flight *flight; /* NULL: follows none */
	struct list link;
	size_t position;
	struct block *block; /* in which the position lies; NULL: before the first one */
	bool waits;
	enum flight_awaits awaits;
	bool copying; /* reads from its block without the lock */
	bool torn;    /* lagged and was torn off */
};

/* What stands behind a flight and writes it. Embedded in the fetch. Both are called with the
 * flight's lock held and may only post a letter. */
struct producer {
	void (*on_room)(struct producer *p);	  /* after flight_room said no: go on */
	void (*on_abandoned)(struct producer *p); /* nobody reads and nobody will: cancel */
};

/* How things stand for a reader. */
struct flight_news {
	bool arrived;  /* what was awaited is there; if not, wake will be called */
	bool joinable; /* others may still join and the whole log is held */
	bool torn;     /* this reader lagged and was torn off: there is nothing more for it */
	enum flight_state state;
	const void *head; /* of HEAD and DONE; of FAILED, if it failed after the head */
	size_t total;	  /* bytes received so far */
	size_t unread;	  /* bytes behind the reader's position */
	const char
	    *reason;	 /* of FAILED: what happened, for a person; lives as long as the flight */
	int reason_code; /* the number given to cache_fail, cache_finish or cache_part; 0: none yet
			  */
	bool stored;	 /* of DONE: the answer is in the cache */
};

struct flight *flight_ref(struct flight *f);
void flight_unref(struct flight **f);

/* ## Reader */

/* Looks, and arms the wake if what is awaited has not come. */
struct flight_news flight_look(struct reader *r, enum flight_awaits awaits);

/* Copies the next bytes and moves the position past them; 0 when none are there. */
size_t flight_copy(struct reader *r, char *at, size_t room);

/* Whether it was torn off. */
bool flight_is_torn(const struct reader *r);

/* ## Producer */

/* Names the producer, whose owner holds a reference of its own (flight_ref); NULL takes it back,
 * after which none of its functions is called. If the flight was abandoned before, on_abandoned is
 * called at once. */
void flight_produce(struct flight *f, struct producer *p);

/* OPEN -> HEAD. The head is any immutable object (the upper floors': status and headers);
 * the flight destroys it with itself. */
void flight_head(struct flight *f, void *head, void (*destroy)(void **head));

/* Whether bytes may be appended. False: pause; on_room is called once when there is room. Always
 * true for joinable flights. */
MUST_CHECK bool flight_room(struct flight *f);

/* After flight_room said no, now and then: tears off readers that have kept others waiting for
 * FLIGHT_LAG_MS, after which on_room is called if there is room. Returns how many. */
MUST_CHECK size_t flight_tear_off(struct flight *f, int64_t now_ms);

/* Appends. False: memory is not to be had; the flight should be failed. A joinable flight that
 * outgrows its hold limit says so in *ret_outgrown, once; cache_part then. */
MUST_CHECK bool flight_append(struct flight *f, struct slice bytes, bool *ret_outgrown);

/* ## Both ends */

size_t flight_readers(struct flight *f);
const struct name *flight_name(const struct flight *f); /* NULL for private ones */
enum wire_form flight_form(const struct flight *f);
bool flight_joinable(struct flight *f);
