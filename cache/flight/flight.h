/* A flight: a request to the upstream and its answer as it arrives. One producer writes the answer,
 * any number of readers follow it.
 *
 *             flight_head        cache_finish
 *     OPEN ----------------> HEAD ------------> DONE
 *       |                     |
 *       +------- cache_fail --+---------------> FAILED
 *
 * The request that leads a flight is a reader like the others. A private flight has one reader and
 * cannot be joined. A joinable flight is in the flight table and keeps its whole log, up to
 * hold_limit bytes. A joinable flight that outgrows this limit, or whose head shows that the answer
 * will not be stored, is unshared (cache_unshare) and then behaves like a private one: bytes that
 * all readers have read are dropped, and the producer is asked to pause while the slowest reader is
 * a WINDOW or more behind.
 *
 * The only reader of a flight is never torn off. If the producer pauses while one reader has read
 * everything and waits for more, readers that lag by half a WINDOW or more have LAG_MS to catch up;
 * then they are torn off (flight_tear_off): they get no more bytes, and the flight continues for
 * the others. When the budget is full, the producer pauses earlier, and the slowest readers lag
 * even if they are less than half a WINDOW behind; the time then starts anew only when bytes are
 * appended, not when a lagging reader reads a little. So a reader that the scheduler or a slow
 * network delays for a moment survives a burst of the producer, and a reader that does not read
 * stalls the others for no more than about LAG_MS.
 *
 * Waking: a reader that finds nothing new says what it waits for (flight_look). When that happens,
 * its `wake` is called exactly once, in the thread that caused it (usually the producer's) and with
 * the flight's lock held. It may only post a message. A reader that is torn off is woken once more,
 * whether it waits or not.
 *
 * Lock order, for all of cache/:  flight table -> flight -> (shard | budget -> mailbox).
 *
 * Threads: any, except for the functions under "Producer" (the one thread that writes) and "Reader"
 * (the one thread that owns the reader). Reference-counted; the table, the producer and each reader
 * hold a reference. */
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

/* How many bytes a flight that is not joinable may be ahead of its slowest reader before the
 * producer is asked to pause. */
enum { FLIGHT_WINDOW = 1 << 20 };

/* How long other readers wait for one that lags: ten times as long as a busy machine needs to
 * schedule a thread. Half a WINDOW in this time is 4 Mbit/s. */
enum { FLIGHT_LAG_MS = 1000 };

struct flight;

/* What a reader can wait for. FAILED and being torn off end every wait. */
enum flight_awaits {
	AWAITS_HEAD,  /* the head */
	AWAITS_BYTES, /* bytes after the reader's position, or the end */
	AWAITS_END,   /* DONE; or that the flight is no longer joinable, since it then progresses
		       * only if its readers read */
};

/* A request's position in a flight. Embedded in the request. */
struct reader {
	/* set by the owner before cache_open, then constant */
	void (*wake)(struct reader *r);
	/* private to cache/; guarded by the flight */
	struct flight *flight; /* NULL: follows none */
	struct list link;
	size_t position;
	struct block *block; /* contains the position or ends there; NULL: nothing read, or torn */
	bool waits;
	enum flight_awaits awaits;
	bool copying; /* reads from its block without the lock */
	bool torn;    /* lagged and was torn off */
};

/* The writer of a flight. Embedded in the fetch. Both functions are called with the flight's lock
 * held and may only post a message. */
struct producer {
	/* Resume, after flight_room returned false. */
	void (*on_room)(struct producer *p);
	/* Cancel: there are no readers and will be none. */
	void (*on_abandoned)(struct producer *p);
};

/* The state of a flight as one reader sees it. */
struct flight_news {
	bool arrived;  /* what was awaited has happened; if not, wake will be called */
	bool joinable; /* other requests can still join, and the whole log is kept */
	bool torn;     /* this reader was torn off and gets no more bytes */
	enum flight_state state;
	const void *head;   /* in HEAD and DONE; in FAILED, if it failed after the head */
	size_t total;	    /* bytes received so far */
	size_t unread;	    /* bytes after the reader's position */
	const char *reason; /* in FAILED: a message for people, owned by the flight */
	int reason_code; /* as given to cache_fail, cache_finish, cache_unshare, …; 0: none yet */
	bool stored;	 /* in DONE: the answer was stored in the cache */
};

struct flight *flight_ref(struct flight *f);
void flight_unref(struct flight **f);

/* ## Reader */

/* Returns the current state, and arms `wake` if what is awaited has not happened yet. */
struct flight_news flight_look(struct reader *r, enum flight_awaits awaits);

/* Copies the next bytes, at most `room`, and moves the position past them. Returns their number; 0
 * if there are none or the reader was torn off. */
size_t flight_copy(struct reader *r, char *at, size_t room);

/* Whether the reader was torn off. False if it follows no flight. */
bool flight_is_torn(const struct reader *r);

/* ## Producer */

/* Sets the producer, whose owner holds a reference of its own (flight_ref). NULL unsets it; after
 * that none of its functions is called. If the flight has been abandoned already, on_abandoned is
 * called at once. */
void flight_produce(struct flight *f, struct producer *p);

/* OPEN -> HEAD. The head is any immutable object, in practice the response's status and headers.
 * The flight owns it and destroys it at its end. */
void flight_head(struct flight *f, void *head, void (*destroy)(void **head));

/* Whether bytes may be appended. False: the producer pauses until on_room is called, which happens
 * once, when the slowest reader is less than half a WINDOW behind. Always true for joinable
 * flights. */
MUST_CHECK bool flight_room(struct flight *f);

/* To be called periodically while the producer pauses: tears off readers that have made others wait
 * for FLIGHT_LAG_MS; on_room is then called if there is room. Returns how many were torn off. */
MUST_CHECK size_t flight_tear_off(struct flight *f, int64_t now_ms);

/* Appends bytes. False: out of memory; the caller should fail the flight. Sets *ret_outgrown once,
 * when a joinable flight exceeds its hold limit or the cache has no room for its log; the caller
 * should then unshare it (cache_unshare). */
MUST_CHECK bool flight_append(struct flight *f, struct slice bytes, bool *ret_outgrown);

/* ## Both ends */

size_t flight_readers(struct flight *f);
const struct cache_key *flight_key(const struct flight *f); /* NULL for private ones */
enum wire_form flight_form(const struct flight *f);
bool flight_joinable(struct flight *f);
