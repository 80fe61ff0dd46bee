/* The cache's one door: ask once, get an entry or a flight.
 *
 *                        +-> CACHE_HIT     an entry, referenced for the caller
 *     cache_open(name) --+-> CACHE_JOINED  the reader follows somebody's flight
 *                        +-> CACHE_LED     the reader follows a new flight; the caller starts its
 *                        |                 producer
 *                        +-> CACHE_ALONE   the same, but nobody can join it: the last answer of
 * this |                 name was not to be shared
 *                        +-> CACHE_ABSENT  nothing there and the caller asked for no more
 *
 * Looking, joining and leading are one atomic step: between a flight's end and its entry's
 * appearance nobody can slip through and lead a second one.
 *
 * Threads: any. Reads no clock: now_ms is any clock that never goes back. */
#pragma once

#include "cache/store/entry.h"
#include "cache/flight/flight.h"
#include "cache/store/tombstones.h"

struct cache;

/* What becomes of a joinable flight when its last reader leaves. Any other is cancelled. */
enum cache_abandon {
	CACHE_ABANDON_CANCEL,
	CACHE_ABANDON_FINISH, /* it is finished for the cache */
	/* It is finished if somebody has asked for it more than once: an equal one was abandoned
	 * within CACHE_REPEATED_MS before it began, or one of its readers said so (cache_want).
	 * Else it is cancelled. */
	CACHE_ABANDON_FINISH_REPEATED,
};

/* How long it is remembered that a flight was abandoned, in which a client that timed out asks
 * again: SDKs do after at most 8 s (openai, anthropic), frameworks after a minute or two
 * (LangChain's and tenacity's backoff), people when they have seen the error. It counts to the
 * beginning of the next flight, so the client's own time-out may be as long as it likes. The last
 * 1024 names are remembered (cache/flight/recent_names.h). */
enum { CACHE_REPEATED_MS = 300000 };

struct cache_options {
	size_t memory_bytes;	/* bound on all entries and the logs of joinable flights */
	size_t entries;		/* bound on the number of arrived ones; 0: none */
	size_t max_entry_bytes; /* a larger answer is not stored, a larger flight not joinable */
	double ttl_jitter;	/* 0..1: each entry lives ttl_ms * (1 - random * jitter) */
	enum cache_abandon on_abandon;
	struct budget *budget; /* for the windows of flights that cannot be joined; or NULL */
};

struct cache *cache_create(const struct cache_options *options);

/* No flight may be left in it, and none that was joinable may be referenced any more: their logs
 * are in its books. */
void cache_destroy(struct cache **c);

enum cache_answer {
	CACHE_HIT,
	CACHE_JOINED,
	CACHE_LED,
	CACHE_ALONE,
	CACHE_ABSENT,
};

/* An entry in the form that is wanted is preferred, and a flight in the form that would be asked
 * for; another one is given where there is none, and the caller makes of it what it can
 * (cache_keep). Where it cannot, it asks again for an exact one: only entries in the form wanted
 * then count, and only flights in the form that it would ask for itself. */
struct cache_question {
	struct name name;
	enum wire_form form; /* wanted */
	enum wire_form asks; /* of a flight that is led; it may tell more than is wanted */
	bool exact;
	int64_t max_age_ms; /* entries younger than this count; -1: any age. Joining a flight
			     * is always young enough. */
	bool only_cached;   /* neither join nor lead */
	/* Flights of different branches are not joined with each other, though they have one name
	 * and their answers one place in the cache. 0 is everybody's; the others are for who got
	 * nothing from a flight that they joined, and must ask again without asking all at once.
	 */
	uint32_t branch;
};

/* The reader must follow no flight. *ret_entry only on CACHE_HIT; its form, and flight_form of a
 * flight that is joined, may be another than the one wanted. */
enum cache_answer cache_open(struct cache *c, const struct cache_question *question,
			     struct reader *reader, int64_t now_ms, struct entry **ret_entry);

/* Keeps an entry that was derived from another one, which the caller holds, beside it, for as long
 * as that one stays; it goes first. It counts in bytes and not in number, and others may be evicted
 * for it. Takes the caller's reference (nulls *derived). False: the origin is gone meanwhile, it
 * has one in this form already, or there is no room. */
bool cache_keep(struct cache *c, struct entry *origin, struct entry **derived);

/* A flight that nobody can join, for what may not be cached. */
void cache_open_private(struct cache *c, struct reader *reader);

/* The client of this reader, which follows a flight, has asked for it before. */
void cache_want(struct cache *c, struct reader *reader);

/* The reader follows its flight no longer (NULL flight: nothing). The last one out of a private
 * flight, or of any that is not to be finished (cache_abandon), cancels it: it is out of the table,
 * and its producer hears on_abandoned. */
void cache_leave(struct cache *c, struct reader *reader, int64_t now_ms);

/* ## For producers */

/* It will not be stored: nobody can join from here, readers' progress makes room, and the last one
 * out cancels it. Readers get the code (flight_news). */
void cache_unshare(struct cache *c, struct flight *f, int reason_code);

/* Its answer will come in another form than was asked for, which holds for its readers and for the
 * entry. Before flight_head. Where a flight in that form is there, nobody can join this one from
 * here, and readers get the code, as by cache_part. */
void cache_reform(struct cache *c, struct flight *f, enum wire_form form, int reason_code);

/* The same, and its answer is not to be shared: who joined will see it by the head, and until then
 * requests of this name stay alone. Before flight_head. */
void cache_hit_for_miss(struct cache *c, struct flight *f, int reason_code, int64_t until_ms);

/* What a producer has in the end. */
struct cache_ending {
	const char *content_type;
	struct event_log **log; /* taken; NULL or *log NULL: not to be stored */
	int reason_code;	/* for the readers: why it is or is not stored, in their numbers; */
	int outdated_code;	/* and where it is not in spite of the log: something younger is */
	int full_code;		/* there, or there is no room */
	bool stored;		/* it was already, by cache_store */
	int64_t ttl_ms;		/* how long it lives, less the jitter; 0: it is not stored */
	struct token_usage token_usage;
	uint64_t id;	  /* of the answer (tombstones.h); 0: none is known */
	int64_t begun_ms; /* when it was asked for */
	int64_t now_ms;
};

/* HEAD -> DONE, and out of the table. With a log the answer is stored under the flight's name, for
 * its time to live, in place of all that was there in whatever form; a private or parted flight's
 * never is. Leaves in `end` whether it was, and the code that the readers get. True if it was. */
bool cache_finish(struct cache *c, struct flight *f, struct cache_ending *end);

/* Stores an answer under a name in place of all that was there, but not of what was asked for
 * later: a private flight's, whose client asked for a fresh one. Before that flight's cache_finish.
 * Leaves in `end` whether it was stored, and the code if not. True if it was. */
bool cache_store(struct cache *c, const struct name *name, enum wire_form form,
		 struct cache_ending *end);

/* OPEN or HEAD -> FAILED, and out of the table. The text is copied. */
void cache_fail(struct cache *c, struct flight *f, int reason_code, const char *reason);

/* Room in the cache's memory for bytes that are neither an entry's nor a flight's. False: there is
 * none, even without entries. */
MUST_CHECK bool cache_reserve(struct cache *c, size_t bytes);
void cache_release(struct cache *c, size_t bytes);

/* The answer of this id (tombstone_of) was deleted at the upstream: no entry with it is handed out
 * any longer, nor one that is stored later. */
void cache_bury(struct cache *c, uint64_t id, int64_t now_ms);

/* ## Upkeep */

/* Drops expired entries, looking at no more than `most`. Call it now and then. */
void cache_sweep(struct cache *c, size_t most, int64_t now_ms);

struct cache_figures {
	size_t entries;	    /* arrived ones */
	size_t derived;	    /* kept beside them */
	size_t bytes;	    /* of both and of joinable flights' logs, as they count; a log counts
			     * until its last reader is through with it */
	size_t flights;	    /* in the table */
	uint64_t evictions; /* of arrived ones, as the next */
	uint64_t expirations;
};
struct cache_figures cache_figures(struct cache *c);

/* For tests, while nobody works: aborts unless the books balance. */
void cache_check(struct cache *c);
