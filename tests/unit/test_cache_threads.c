/* Several threads look up the same few keys at once, and lead, join, leave, unshare, fail and
 * finish flights at random. Every byte that is read must be the right one, no thread may wait
 * forever, and at the end no flight may be left. */
#include "cache/cache.h"

#include "tests/unit/main.h"
#include "tests/unit/keys.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>

enum { THREADS = 6, ROUNDS = 1500, NAMES = 8, HOLD = 60000, TTL = 200 };

static struct cache *cache;
static _Atomic int64_t now_ms;

struct tally {
	unsigned hits, joins, leads, absents, stored, pauses, torn;
};

/* One thread: a reader, and the producer of the flights that it leads. */
struct actor {
	struct reader reader;
	struct producer producer;
	sem_t woken;
	sem_t heard; /* room, or abandoned */
	atomic_bool abandoned;
	unsigned seed;
	struct tally tally;
	pthread_t thread;
};

static int chance(struct actor *a, int in)
{
	return rand_r(&a->seed) % in == 0;
}

/* ## The answers */

/* The answers of two keys are larger than a joinable flight, and one of them than the window. */
static size_t length_of(uint64_t n)
{
	static const size_t lengths[NAMES] = {0,     10,    2000,   5000,
					      20000, 50000, 100000, FLIGHT_WINDOW + 300000};
	return lengths[n];
}

static char byte_of(uint64_t n, size_t position)
{
	return (char)(n * 31 + position * 7 + (position >> 8));
}

static void check_bytes(uint64_t n, size_t position, const char *at, size_t len)
{
	ensure(position + len <= length_of(n));
	for (size_t i = 0; i < len; i++)
		ensure(at[i] == byte_of(n, position + i));
}

static struct event_log *log_of(uint64_t n)
{
	struct event_log *log = event_log_create(HOLD);
	size_t len = length_of(n);
	char *at = malloc(len + 1);
	for (size_t i = 0; i < len; i++)
		at[i] = byte_of(n, i);
	if (!event_log_append(log, slice_make(at, len)))
		event_log_destroy(&log);
	free(at);
	return log;
}

static void check_entry(uint64_t n, const struct entry *e)
{
	struct slice whole;
	ensure(event_log_whole(e->log, &whole));
	ensure(whole.len == length_of(n));
	check_bytes(n, 0, whole.at, whole.len);
}

/* ## Readers */

static void on_wake(struct reader *r)
{
	sem_post(&container_of(r, struct actor, reader)->woken);
}

enum { LITTLE = 500, MUCH = 20000 };

static bool read_some(struct actor *a, uint64_t n, size_t *position, size_t most)
{
	char at[MUCH];
	size_t room = 1 + (size_t)rand_r(&a->seed) % most;
	size_t len = flight_copy(&a->reader, at, room);
	check_bytes(n, *position, at, len);
	*position += len;
	return len > 0;
}

static void await(struct actor *a, enum flight_awaits awaits)
{
	if (flight_look(&a->reader, awaits).arrived)
		return;
	while (sem_wait(&a->woken))
		;
}

static void flight_body(struct actor *a, uint64_t n)
{
	size_t position = 0;
	size_t most = chance(a, 3) ? LITTLE : MUCH;
	await(a, chance(a, 2) ? AWAITS_HEAD : AWAITS_END);
	while (!chance(a, 1000)) {
		await(a, AWAITS_BYTES);
		if (chance(a, 4))
			sched_yield();
		if (read_some(a, n, &position, most))
			continue;
		struct flight_news news = flight_look(&a->reader, AWAITS_BYTES);
		if (news.torn)
			a->tally.torn++;
		if (news.torn || news.state == FLIGHT_FAILED)
			break;
		if (news.state == FLIGHT_DONE && !news.unread) {
			ensure(position == length_of(n));
			break;
		}
	}
	cache_leave(cache, &a->reader, 0);
}

/* ## Producers */

static void on_room(struct producer *p)
{
	sem_post(&container_of(p, struct actor, producer)->heard);
}

static void on_abandoned(struct producer *p)
{
	struct actor *a = container_of(p, struct actor, producer);
	a->abandoned = true;
	sem_post(&a->heard);
}

static void destroy_head(void **head)
{
	free(*head);
	*head = NULL;
}

/* Waits until there is room. The thread's own reader leaves first, or the thread would wait for
 * itself. Half of the producers wait for all readers, the others tear off those that lag. */
static void await_room(struct actor *a, struct flight *f)
{
	if (flight_room(f))
		return;
	cache_leave(cache, &a->reader, 0);
	a->tally.pauses++;
	bool tears = chance(a, 2);
	for (int64_t ms = 0; !a->abandoned && !flight_room(f); ms += FLIGHT_LAG_MS) {
		while (!tears && sem_wait(&a->heard))
			;
		if (tears && flight_tear_off(f, ms) == 0)
			sched_yield();
	}
}

/* Writes the whole answer. False: it stopped early. */
static bool write_all(struct actor *a, struct flight *f, uint64_t n)
{
	char at[16384];
	size_t read = 0;
	for (size_t position = 0; position < length_of(n);) {
		size_t len = 1 + (size_t)rand_r(&a->seed) % sizeof at;
		if (len > length_of(n) - position)
			len = length_of(n) - position;
		for (size_t i = 0; i < len; i++)
			at[i] = byte_of(n, position + i);
		sched_yield(); /* or others come too late to join */
		await_room(a, f);
		if (a->abandoned || chance(a, 1000))
			return false;
		bool outgrown;
		ensure(flight_append(f, slice_make(at, len), &outgrown));
		position += len;
		if (outgrown || chance(a, 200))
			cache_unshare(cache, f, 1);
		if (a->reader.flight && chance(a, 2))
			read_some(a, n, &read, MUCH);
		if (chance(a, 50))
			cache_leave(cache, &a->reader, 0);
	}
	return true;
}

static void lead(struct actor *a, uint64_t n)
{
	scoped(flight_unref) struct flight *f = flight_ref(a->reader.flight);
	a->abandoned = false;
	if (chance(a, 10))
		cache_leave(cache, &a->reader, 0);
	flight_produce(f, &a->producer);
	bool whole = !chance(a, 20);
	if (whole) {
		flight_head(f, malloc(1), destroy_head);
		whole = write_all(a, f, n);
	}
	struct event_log *log = whole ? log_of(n) : NULL;
	if (!whole)
		cache_fail(cache, f, 1, "broke off");
	else if (cache_finish(cache, f,
			      &(struct cache_ending){.content_type = "text/plain",
						     .log = &log,
						     .ttl_ms = TTL,
						     .now_ms = now_ms}))
		a->tally.stored++;
	flight_produce(f, NULL);
	cache_leave(cache, &a->reader, 0);
	while (sem_trywait(&a->heard) == 0)
		;
}

/* ## The threads */

static void ask(struct actor *a)
{
	uint64_t n = (uint64_t)rand_r(&a->seed) % NAMES;
	/* The longest answer takes long, so it is requested less often. */
	if (n == NAMES - 1 && !chance(a, 3))
		n = 0;
	struct cache_question question = {key_numbered(n),
					  WIRE_STREAM,
					  WIRE_STREAM,
					  .max_age_ms = chance(a, 4) ? 5 : -1,
					  .only_cached = chance(a, 20),
					  .branch = chance(a, 20) ? 2 + chance(a, 2) : 0};
	scoped(entry_unref) struct entry *e = NULL;
	switch (cache_open(cache, &question, &a->reader, ++now_ms, &e)) {
	case CACHE_HIT:
		a->tally.hits++;
		check_entry(n, e);
		break;
	case CACHE_JOINED:
		a->tally.joins++;
		if (chance(a, 20))
			cache_want(cache, &a->reader);
		flight_body(a, n);
		break;
	case CACHE_LED:
		a->tally.leads++;
		lead(a, n);
		break;
	case CACHE_ALONE:
		ensure(false);
		break;
	case CACHE_ABSENT:
		a->tally.absents++;
		break;
	}
}

static void *act(void *context)
{
	struct actor *a = context;
	for (int i = 0; i < ROUNDS; i++) {
		if (chance(a, 30)) {
			cache_open_private(cache, &a->reader);
			lead(a, (uint64_t)rand_r(&a->seed) % (NAMES - 1));
		} else {
			ask(a);
		}
		if (chance(a, 10))
			cache_sweep(cache, 5, now_ms);
		/* Discards wakes for events that are no longer awaited. */
		while (sem_trywait(&a->woken) == 0)
			;
	}
	return NULL;
}

static void start(struct actor *a, unsigned seed)
{
	*a = (struct actor){
	    .reader.wake = on_wake, .producer = {on_room, on_abandoned}, .seed = seed};
	sem_init(&a->woken, 0, 0);
	sem_init(&a->heard, 0, 0);
	ck_assert_int_eq(pthread_create(&a->thread, NULL, act, a), 0);
}

static void join(struct actor *a, struct tally *sum)
{
	pthread_join(a->thread, NULL);
	sem_destroy(&a->woken);
	sem_destroy(&a->heard);
	sum->hits += a->tally.hits;
	sum->joins += a->tally.joins;
	sum->leads += a->tally.leads;
	sum->stored += a->tally.stored;
	sum->pauses += a->tally.pauses;
	sum->torn += a->tally.torn;
}

START_TEST(many_ask_for_few_names)
{
	static struct actor actors[THREADS];
	cache = cache_create(&(struct cache_options){.memory_bytes = 300000,
						     .max_entry_bytes = HOLD,
						     .ttl_jitter = 0.5,
						     .on_abandon = (enum cache_abandon)_i});
	for (unsigned i = 0; i < THREADS; i++)
		start(&actors[i], 7 * i + (unsigned)_i);
	struct tally sum = {0};
	for (unsigned i = 0; i < THREADS; i++)
		join(&actors[i], &sum);
	printf("# %u hits, %u joins, %u leads, %u stored, %u pauses, %u torn\n", sum.hits,
	       sum.joins, sum.leads, sum.stored, sum.pauses, sum.torn);
	cache_check(cache);
	ck_assert_uint_gt(sum.hits, 0);
	ck_assert_uint_gt(sum.joins, 0);
	ck_assert_uint_gt(sum.stored, 0);
	ck_assert_uint_eq(cache_figures(cache).flights, 0);
	cache_sweep(cache, SIZE_MAX, now_ms + TTL);
	ck_assert_uint_eq(cache_figures(cache).entries, 0);
	ck_assert_uint_eq(cache_figures(cache).bytes, 0);
	cache_destroy(&cache);
}
END_TEST

/* ## One key at a time: only one thread leads, whatever the timing */

enum { RACERS = 4, RACES = 3000 };

static pthread_barrier_t line;
static atomic_uint leads;

static void race(struct actor *a, uint64_t n)
{
	struct cache_question question = {key_numbered(n), WIRE_STREAM, WIRE_STREAM,
					  .max_age_ms = -1};
	scoped(entry_unref) struct entry *e = NULL;
	if (cache_open(cache, &question, &a->reader, 0, &e) == CACHE_LED) {
		leads++;
		scoped(flight_unref) struct flight *f = flight_ref(a->reader.flight);
		flight_head(f, malloc(1), destroy_head);
		struct event_log *log = log_of(1);
		ensure(cache_finish(cache, f, &(struct cache_ending){.log = &log, .ttl_ms = TTL}));
	}
	cache_leave(cache, &a->reader, 0);
}

static void *run_races(void *context)
{
	for (uint64_t n = 0; n < RACES; n++) {
		pthread_barrier_wait(&line);
		race(context, n);
	}
	return NULL;
}

START_TEST(one_leads_and_nobody_slips_through)
{
	static struct actor racers[RACERS];
	cache = cache_create(
	    &(struct cache_options){.memory_bytes = 16 << 20, .max_entry_bytes = HOLD});
	pthread_barrier_init(&line, NULL, RACERS);
	for (int i = 0; i < RACERS; i++) {
		racers[i].reader.wake = on_wake;
		ck_assert_int_eq(pthread_create(&racers[i].thread, NULL, run_races, &racers[i]), 0);
	}
	for (int i = 0; i < RACERS; i++)
		pthread_join(racers[i].thread, NULL);
	pthread_barrier_destroy(&line);
	cache_check(cache);
	ck_assert_uint_eq(leads, RACES);
	ck_assert_uint_eq(cache_figures(cache).entries, RACES);
	cache_destroy(&cache);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache_threads");
	TCase *all = tcase_create("cache_threads");
	tcase_add_loop_test(all, many_ask_for_few_names, 0, 3);
	tcase_add_test(all, one_leads_and_nobody_slips_through);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
