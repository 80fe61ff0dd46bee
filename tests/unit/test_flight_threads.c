/* Readers in their own threads follow one unshared flight. Some do not read until they are torn
 * off, some are slow, and the producer's clock runs faster than real time. */
#include "cache/flight/flight_internal.h"

#include "base/ensure.h"
#include "tests/unit/main.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

enum { READERS = 6, ROUNDS = 4, TOTAL = 8 * FLIGHT_WINDOW, PIECE = 64 << 10 };

struct follower {
	struct reader reader;
	sem_t woken;
	pthread_t thread;
	int kind; /* 0: reads as fast as it can; 1: yields in between; 2: does not read */
	bool whole;
	bool torn;
};

static struct flight *flight;

static char byte_of(size_t position)
{
	return (char)((position * 7) ^ (position >> 9));
}

static void on_wake(struct reader *r)
{
	sem_post(&container_of(r, struct follower, reader)->woken);
}

static size_t read_some(struct follower *f, size_t position)
{
	static _Thread_local char bytes[PIECE];
	size_t n = flight_copy(&f->reader, bytes, f->kind ? 1000 : sizeof bytes);
	for (size_t i = 0; i < n; i += 97)
		ensure(bytes[i] == byte_of(position + i));
	return n;
}

static void await(struct follower *f)
{
	while (sem_wait(&f->woken))
		;
}

static void *flight_body(void *context)
{
	struct follower *f = context;
	size_t position = 0;
	if (f->kind == 2)
		while (!flight_is_torn(&f->reader))
			sched_yield();
	for (;;) {
		position += read_some(f, position);
		if (f->kind)
			sched_yield();
		struct flight_news news = flight_look(&f->reader, AWAITS_BYTES);
		f->torn = news.torn;
		f->whole = news.state == FLIGHT_DONE && position == TOTAL;
		if (f->torn || f->whole)
			break;
		if (!news.arrived)
			await(f);
	}
	struct flight *left = f->reader.flight;
	bool last = flight_leave(left, &f->reader, false);
	ensure(!last || !f->whole);
	flight_unref(&left);
	return NULL;
}

static void write_all(void)
{
	static char bytes[PIECE];
	int64_t now_ms = 0;
	for (size_t position = 0; position < TOTAL; position += PIECE) {
		for (size_t i = 0; i < PIECE; i++)
			bytes[i] = byte_of(position + i);
		while (!flight_room(flight)) {
			/* FLIGHT_LAG_MS passes with 64 calls. */
			size_t torn = flight_tear_off(flight, now_ms++ * FLIGHT_LAG_MS / 64);
			if (torn == 0)
				sched_yield();
		}
		bool outgrown;
		ensure(flight_append(flight, slice_make(bytes, PIECE), &outgrown));
	}
	flight_finish(flight, false, 0);
}

START_TEST(who_lags_is_torn_off_and_the_others_go_on)
{
	struct follower followers[READERS] = {0};
	flight = flight_create(&(struct flight_options){0});
	flight_head(flight, NULL, NULL);
	for (int i = 0; i < READERS; i++) {
		followers[i].kind = i % 3;
		followers[i].reader.wake = on_wake;
		sem_init(&followers[i].woken, 0, 0);
		flight_join(flight, &followers[i].reader);
	}
	for (int i = 0; i < READERS; i++)
		ensure(pthread_create(&followers[i].thread, NULL, flight_body, &followers[i]) == 0);
	write_all();
	for (int i = 0; i < READERS; i++) {
		pthread_join(followers[i].thread, NULL);
		sem_destroy(&followers[i].woken);
		ck_assert(followers[i].whole != followers[i].torn);
		ck_assert(followers[i].torn || followers[i].kind != 2);
	}
	flight_check(flight);
	flight_unref(&flight);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flight_threads");
	TCase *all = tcase_create("flight_threads");
	tcase_set_timeout(all, 120);
	tcase_add_loop_test(all, who_lags_is_torn_off_and_the_others_go_on, 0, ROUNDS);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
