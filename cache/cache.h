/* The interface of the cache: one lookup returns an entry or a flight.
 *
 *                        +-> CACHE_HIT     an entry, with a reference for the caller
 *     cache_open(key)  --+-> CACHE_JOINED  the reader follows an existing flight
 *                        +-> CACHE_LED     the reader follows a new flight, whose producer the
 *                        |                 caller starts
 *                        +-> CACHE_ALONE   likewise, but the flight is private: the last answer
 *                        |                 for this key could not be shared (hit-for-miss)
 *                        +-> CACHE_ABSENT  a miss, and the caller wants only a cached answer
 *
 * Lookup, joining and leading are atomic: no request can start a second flight between the end of
 * a flight and the appearance of its entry.
 *
 * Threads: any. The cache reads no clock; now_ms is from any clock that never goes back. */
#pragma once

#include "cache/flight/flight.h"
#include "cache/store/entry.h"

struct cache;

/* What happens to a joinable flight when its last reader leaves. Other flights are cancelled. */
enum cache_abandon {
	CACHE_ABANDON_CANCEL,
	CACHE_ABANDON_FINISH, /* it continues, and its answer is stored */
	/* It continues if the request was repeated: a flight of the same key was abandoned within
	 * CACHE_REPEATED_MS before this one began, or cache_want was called for one of its readers.
	 * Otherwise it is cancelled. */
	CACHE_ABANDON_FINISH_REPEATED,
};

/* How long an abandoned flight is remembered, so that a client that timed out and asks again is
 * recognized: SDKs retry after at most 8 s (openai, anthropic), frameworks after a minute or two
 * (LangChain's and tenacity's backoff), people when they have seen the error. It is measured to the
 * beginning of the next flight, so it need not cover the client's own timeout. A key may be
 * forgotten earlier: the table is of fixed size (cache/flight/recent_keys.h). */
enum { CACHE_REPEATED_MS = 300000 };

struct cache_options {
	size_t memory_bytes;	/* limit for all entries and the logs of joinable flights */
	size_t entries;		/* limit on the number of arrived entries; 0: none */
	size_t max_entry_bytes; /* larger answers are not stored, larger flights not joinable */
	double ttl_jitter;	/* 0..1: each entry lives ttl_ms * (1 - random * jitter) */
	enum cache_abandon on_abandon;
	struct budget *budget; /* for log blocks that memory_bytes does not cover; NULL: no limit */
};

struct cache *cache_create(const struct cache_options *options);

/* The flight table must be empty, and there must be no reference left to a flight that was ever
 * joinable, because its log is charged to the cache's memory. */
void cache_destroy(struct cache **c);

enum cache_answer {
	CACHE_HIT,
	CACHE_JOINED,
	CACHE_LED,
	CACHE_ALONE,
	CACHE_ABSENT,
};

/* A lookup. It prefers an entry in the wanted form, and a flight in the form the caller would ask
 * the upstream for. Otherwise it returns an entry or a flight in another form, whose answer the
 * caller converts (cache_keep). A caller that cannot convert it looks up again with `exact`: then
 * only entries in the wanted form and flights in the form `asks` match. */
struct cache_question {
	struct cache_key key;
	enum wire_form form; /* wanted */
	enum wire_form asks; /* form of a new flight; may contain more than is wanted */
	bool exact;
	int64_t max_age_ms; /* entries younger than this match; -1: any age. A flight is always
			     * fresh enough to join. */
	bool only_cached;   /* neither join nor lead */
	/* A request joins only flights of its own branch, though all branches have the same cache
	 * key and thus one entry. Requests start in branch 0. Those that could not use the answer
	 * of the flight they joined retry in other branches, so that they go upstream neither all
	 * at once nor one after the other. */
	uint32_t branch;
};

/* The reader must not follow a flight yet. Sets *ret_entry only on CACHE_HIT. The form of the entry
 * or of the joined flight (flight_form) may differ from the wanted one. */
enum cache_answer cache_open(struct cache *c, const struct cache_question *question,
			     struct reader *reader, int64_t now_ms, struct entry **ret_entry);

/* Adds an entry derived from `origin` (entry_derive), of which the caller holds a reference. It is
 * evicted before its origin and removed together with it. It counts towards the memory limit but
 * not towards the number of entries; others may be evicted for it. Takes the caller's reference of
 * the derived entry in any case (nulls *derived). False: the origin is no longer in the cache or
 * has an entry in this form already, or the derived one is too large or there is no room. */
bool cache_keep(struct cache *c, struct entry *origin, struct entry **derived);

/* Lets the reader follow a new private flight, which no other request can join, for requests that
 * bypass the cache. */
void cache_open_private(struct cache *c, struct reader *reader);

/* Marks the flight of this reader as repeated: the client has sent the request before
 * (CACHE_ABANDON_FINISH_REPEATED). */
void cache_want(struct cache *c, struct reader *reader);

/* Detaches the reader from its flight; does nothing if it follows none. If it was the last reader
 * and the flight is private, or is not to be finished without readers (cache_abandon), the flight
 * is cancelled: it leaves the table and on_abandoned of its producer is called. */
void cache_leave(struct cache *c, struct reader *reader, int64_t now_ms);

/* ## For producers */

/* The answer will not be stored: the flight is no longer joinable, drops what all readers have
 * read, and is cancelled when its last reader leaves, or at once if it has none. Readers get the
 * code (flight_news). Does nothing to a flight that is not joinable. */
void cache_unshare(struct cache *c, struct flight *f, int reason_code);

/* The answer will come in another form than was asked for: sets the form of the flight, and so of
 * its entry. To be called before flight_head; `form` must differ from the flight's. If the table
 * has a flight in that form already, this one is unshared with the code (cache_unshare). Does
 * nothing to a private flight. */
void cache_reform(struct cache *c, struct flight *f, enum wire_form form, int reason_code);

/* As cache_unshare, for an answer that must not be shared (hit-for-miss): readers that joined see
 * that from the head, and until until_ms lookups of this key that would lead get a private flight
 * (CACHE_ALONE). To be called before flight_head. */
void cache_hit_for_miss(struct cache *c, struct flight *f, int reason_code, int64_t until_ms);

/* What a producer passes when its answer is complete. */
struct cache_ending {
	const char *content_type;
	struct event_log **log; /* taken; NULL or *log NULL: not to be stored */
	int reason_code;	/* for readers: why the answer is or is not stored */
	int outdated_code;	/* replaces it if a newer answer is in the cache already */
	int full_code;		/* replaces it if there is no room or the flight is unshared */
	bool stored;		/* in: cache_store has stored it; out: it is stored */
	int64_t ttl_ms;		/* time to live, before the jitter is subtracted; 0: not stored */
	struct token_usage token_usage;
	uint64_t id;	  /* of the answer (tombstones.h); 0: not known */
	int64_t begun_ms; /* when it was requested */
	int64_t now_ms;
};

/* HEAD -> DONE; the flight leaves the table. If there is a log, the answer is stored under the
 * flight's key and replaces all entries of that key, in whatever form. The answer of a private or
 * unshared flight is not stored. Sets end->stored and the code that readers get,
 * end->reason_code. Returns end->stored. */
bool cache_finish(struct cache *c, struct flight *f, struct cache_ending *end);

/* Stores the answer of a private flight whose client asked for a fresh one. It replaces all entries
 * of the key, unless the arrived one was requested later and has not expired. To be called before
 * cache_finish for that flight. Sets end->stored, and end->reason_code if there was a log and it
 * was not stored. Returns end->stored. */
bool cache_store(struct cache *c, const struct cache_key *key, enum wire_form form,
		 struct cache_ending *end);

/* OPEN or HEAD -> FAILED; the flight leaves the table. Copies the reason. */
void cache_fail(struct cache *c, struct flight *f, int reason_code, const char *reason);

/* Reserves bytes of the cache's memory that belong neither to an entry nor to a flight. False if
 * there would be no room even without entries. */
MUST_CHECK bool cache_reserve(struct cache *c, size_t bytes);
void cache_release(struct cache *c, size_t bytes);

/* The answer with this id (tombstone_of) was deleted upstream. cache_open returns no entry with
 * this id any more, even if it is stored later. */
void cache_bury(struct cache *c, uint64_t id, int64_t now_ms);

/* ## Upkeep */

/* Removes expired entries, looking at no more than `most` slots of the hash tables. To be called
 * periodically. */
void cache_sweep(struct cache *c, size_t most, int64_t now_ms);

struct cache_figures {
	size_t entries;	      /* arrived ones */
	size_t derived;	      /* derived from them */
	size_t bytes;	      /* charged for both, for the logs of flights that are or were
			       * joinable, and reserved */
	size_t flights;	      /* in the table */
	uint64_t evictions;   /* of arrived entries */
	uint64_t expirations; /* of arrived entries */
};
struct cache_figures cache_figures(struct cache *c);

/* For tests, while no other thread uses the cache: aborts unless all counts are consistent. */
void cache_check(struct cache *c);
