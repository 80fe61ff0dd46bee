/* Several threads look up the same few keys in all wire forms at once, derive and keep missing
 * forms, replace entries, let them expire, and evict them. Every answer must be of the right key,
 * of one form and of one version, and at the end all counts must be consistent. */
#include "cache/cache.h"

#include "tests/unit/main.h"
#include "tests/unit/keys.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 6, ROUNDS = 8000, NAMES = 12, FORMS = WIRE_STREAM_USAGE + 1, TTL = 300 };

/* Room for some of the keys in some of the forms. */
enum { LARGEST = 4000, ROOM = 10 * LARGEST };

static struct cache *cache;
static _Atomic int64_t now_ms;

struct actor {
	struct reader reader;
	unsigned seed;
	unsigned hits, derived_hits, kept, refused, joins, leads, stored;
	pthread_t thread;
};

static unsigned chance(struct actor *a, unsigned in)
{
	return (unsigned)rand_r(&a->seed) % in;
}

/* ## Answers: one repeated byte, determined by key and form; derived ones are a third as long */

static size_t length_of(uint64_t n)
{
	return 100 + 300 * n;
}

static struct event_log *log_of(uint64_t n, enum wire_form form, size_t len)
{
	char at[LARGEST];
	memset(at, (int)(n * FORMS + form), len);
	struct event_log *log = event_log_create(LARGEST);
	ensure(event_log_append(log, slice_make(at, len)));
	return log;
}

static void check_entry(uint64_t n, const struct entry *e)
{
	struct slice whole;
	struct cache_key key = key_numbered(n);
	ensure(cache_key_equal(&e->key, &key));
	ensure(event_log_whole(e->log, &whole));
	ensure(whole.len == (e->derived ? length_of(n) / 3 : length_of(n)));
	for (size_t i = 0; i < whole.len; i++)
		ensure(whole.at[i] == (char)(n * FORMS + e->form));
}

static struct entry *derive(uint64_t n, const struct entry *origin, enum wire_form form)
{
	struct event_log *log = log_of(n, form, length_of(n) / 3);
	event_log_seal(log);
	return entry_derive(origin, form, "text/plain", &log);
}

/* ## The threads */

static void serve(struct actor *a, uint64_t n, const struct cache_question *question,
		  struct entry *e)
{
	check_entry(n, e);
	a->hits++;
	a->derived_hits += e->derived;
	if (e->form == question->form)
		return;
	ensure(!question->exact && !e->derived);
	struct entry *mine = derive(n, e, question->form);
	scoped(entry_unref) struct entry *held = entry_ref(mine);
	if (cache_keep(cache, e, &mine))
		a->kept++;
	else
		a->refused++;
	ensure(mine == NULL);
	check_entry(n, held);
}

static void destroy_head(void **head)
{
	*head = NULL;
}

static void lead(struct actor *a, uint64_t n, const struct cache_question *question)
{
	static char head;
	scoped(flight_unref) struct flight *f = flight_ref(a->reader.flight);
	a->leads++;
	ensure(flight_form(f) == question->asks);
	if (!chance(a, 10)) {
		cache_fail(cache, f, 1, "broke off");
		return;
	}
	flight_head(f, &head, destroy_head);
	struct event_log *log = log_of(n, question->asks, length_of(n));
	struct cache_ending end = {.log = &log, .ttl_ms = TTL, .now_ms = now_ms};
	a->stored += cache_finish(cache, f, &end);
}

static void ask(struct actor *a, uint64_t n)
{
	struct cache_question question = {.key = key_numbered(n),
					  .form = chance(a, FORMS),
					  .asks = chance(a, FORMS),
					  .exact = chance(a, 4) == 0,
					  .max_age_ms = chance(a, 8) ? -1 : TTL / 2,
					  .only_cached = chance(a, 8) == 0};
	scoped(entry_unref) struct entry *e = NULL;
	switch (cache_open(cache, &question, &a->reader, ++now_ms, &e)) {
	case CACHE_HIT:
		serve(a, n, &question, e);
		break;
	case CACHE_JOINED:
		a->joins++;
		ensure(!question.exact || flight_form(a->reader.flight) == question.asks);
		break;
	case CACHE_LED:
		lead(a, n, &question);
		break;
	case CACHE_ALONE:
		ensure(false);
		break;
	case CACHE_ABSENT:
		break;
	}
	cache_leave(cache, &a->reader, 0);
}

static void store(struct actor *a, uint64_t n)
{
	enum wire_form form = chance(a, FORMS);
	struct cache_key key = key_numbered(n);
	struct event_log *log = log_of(n, form, length_of(n));
	a->stored +=
	    cache_store(cache, &key, form,
			&(struct cache_ending){.log = &log, .ttl_ms = TTL, .now_ms = ++now_ms});
}

static void *act(void *context)
{
	struct actor *a = context;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t n = chance(a, NAMES);
		if (chance(a, 20) == 0)
			store(a, n);
		else
			ask(a, n);
		if (chance(a, 10) == 0)
			cache_sweep(cache, 5, now_ms);
	}
	return NULL;
}

static void on_wake(struct reader *r)
{
}

START_TEST(many_ask_for_all_forms)
{
	static struct actor actors[THREADS];
	struct actor sum = {0};
	cache = cache_create(&(struct cache_options){.memory_bytes = ROOM,
						     .entries = _i ? NAMES / 2 : 0,
						     .max_entry_bytes = LARGEST,
						     .ttl_jitter = 0.5});
	for (unsigned i = 0; i < THREADS; i++) {
		actors[i] = (struct actor){.reader.wake = on_wake, .seed = 7 * i + (unsigned)_i};
		ck_assert_int_eq(pthread_create(&actors[i].thread, NULL, act, &actors[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(actors[i].thread, NULL);
		sum.hits += actors[i].hits;
		sum.derived_hits += actors[i].derived_hits;
		sum.kept += actors[i].kept;
		sum.refused += actors[i].refused;
		sum.joins += actors[i].joins;
		sum.leads += actors[i].leads;
		sum.stored += actors[i].stored;
	}
	cache_check(cache);
	struct cache_figures figures = cache_figures(cache);
	printf("# %u hits (%u derived), %u kept, %u refused, %u joins, %u leads, %u stored; "
	       "%ju evicted, %ju expired\n",
	       sum.hits, sum.derived_hits, sum.kept, sum.refused, sum.joins, sum.leads, sum.stored,
	       (uintmax_t)figures.evictions, (uintmax_t)figures.expirations);
	ck_assert_uint_gt(sum.derived_hits, 0);
	ck_assert_uint_gt(sum.kept, 0);
	ck_assert_uint_gt(figures.evictions, 0);
	/* With a low limit on entries, few live until they expire. */
	if (_i == 0)
		ck_assert_uint_gt(figures.expirations, 0);
	cache_sweep(cache, SIZE_MAX, now_ms + TTL);
	figures = cache_figures(cache);
	ck_assert_uint_eq(figures.entries + figures.derived + figures.bytes + figures.flights, 0);
	cache_destroy(&cache);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache_forms_threads");
	TCase *all = tcase_create("cache_forms_threads");
	tcase_add_loop_test(all, many_ask_for_all_forms, 0, 2);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
