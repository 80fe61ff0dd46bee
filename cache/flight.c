/* Everything happens under the flight's lock, but for one thing: readers copy bytes out without it.
 * They may, because a block neither moves nor changes below `total`, and is freed only once every
 * reader has passed its end; a reader's position is moved by nobody but itself. How far it may go
 * it learns under the lock, so whatever the producer wrote up to there happened before. */
#include "cache/flight.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "cache/flight_internal.h"

#include <stdlib.h>

/* ## Life cycle */

struct flight *flight_create(const struct flight_options *options)
{
	struct flight *f = memory_new(struct flight);
	refs_init(&f->refs);
	pthread_mutex_init(&f->mu, NULL);
	list_init(&f->readers);
	list_init(&f->tabled);
	f->log.budget = options->budget;
	if (options->name) {
		f->named = true;
		f->name = *options->name;
		f->form = options->form;
		f->hold_limit = options->hold_limit;
		f->begun_ms = options->begun_ms;
		f->log.ledger = options->ledger;
		f->joinable = true;
	}
	return f;
}

struct flight *flight_ref(struct flight *f)
{
	refs_add(&f->refs);
	return f;
}

void flight_unref(struct flight **flight)
{
	struct flight *f = take(flight);
	if (!f || !refs_drop(&f->refs))
		return;
	ensure(list_empty(&f->readers) && list_empty(&f->tabled));
	blocks_finish(&f->log);
	if (f->head)
		f->destroy_head(&f->head);
	free(f->reason);
	pthread_mutex_destroy(&f->mu);
	free(f);
}

/* ## Waking */

static bool has_come(const struct flight *f, const struct reader *r, enum flight_awaits awaits)
{
	if (f->state == FLIGHT_FAILED || f->state == FLIGHT_DONE)
		return true;
	switch (awaits) {
	case AWAITS_HEAD:
		return f->state == FLIGHT_HEAD;
	case AWAITS_BYTES:
		return f->log.total > r->position;
	case AWAITS_END:
		return !f->joinable;
	}
	return false;
}

static void wake_readers(struct flight *f)
{
	list_each (node, &f->readers) {
		struct reader *r = container_of(node, struct reader, link);
		if (!r->waits || !has_come(f, r, r->awaits))
			continue;
		r->waits = false;
		r->wake(r);
	}
}

struct flight_news flight_look(struct reader *r, enum flight_awaits awaits)
{
	struct flight *f = r->flight;
	pthread_mutex_lock(&f->mu);
	struct flight_news news = {
	    .arrived = has_come(f, r, awaits),
	    .joinable = f->joinable,
	    .state = f->state,
	    .head = f->head,
	    .total = f->log.total,
	    .unread = f->log.total - r->position,
	    .reason = f->reason,
	    .reason_code = f->reason_code,
	    .stored = f->stored,
	};
	r->waits = !news.arrived;
	r->awaits = awaits;
	pthread_mutex_unlock(&f->mu);
	return news;
}

/* ## Making room */

static size_t slowest_position(const struct flight *f)
{
	size_t slowest = f->log.total;
	list_each (node, &f->readers) {
		const struct reader *r = container_of(node, struct reader, link);
		if (r->position < slowest)
			slowest = r->position;
	}
	return slowest;
}

static size_t count_at(const struct flight *f, size_t position)
{
	size_t count = 0;
	list_each (node, &f->readers)
		count += container_of(node, const struct reader, link)->position == position;
	return count;
}

/* After whatever may have moved the slowest reader. As long as others are where it was, it was not
 * the slowest: so a thousand who read side by side are looked through once for all of them. */
static void make_room(struct flight *f)
{
	if (f->joinable || f->at_floor)
		return;
	f->floor = slowest_position(f);
	f->at_floor = count_at(f, f->floor);
	blocks_drop(&f->log, f->floor);
	if (!f->wants_room || f->log.total - f->floor >= FLIGHT_WINDOW / 2)
		return;
	f->wants_room = false;
	if (f->producer)
		f->producer->on_room(f->producer);
}

bool flight_room(struct flight *f)
{
	pthread_mutex_lock(&f->mu);
	size_t ahead = f->log.total - f->floor;
	/* With nothing ahead it always goes on, so that nobody waits for memory who holds none. */
	bool room =
	    f->joinable || ahead == 0 || (ahead < FLIGHT_WINDOW && !budget_is_full(f->log.budget));
	f->wants_room = !room;
	pthread_mutex_unlock(&f->mu);
	return room;
}

/* ## Coming and going */

void flight_join(struct flight *f, struct reader *r)
{
	ensure(r->flight == NULL);
	pthread_mutex_lock(&f->mu);
	ensure(f->log.first == NULL || f->log.first->start == 0);
	r->flight = flight_ref(f);
	r->position = 0;
	r->block = NULL;
	r->waits = false;
	list_append(&f->readers, &r->link);
	f->reader_count++;
	f->at_floor += f->floor == 0;
	pthread_mutex_unlock(&f->mu);
}

static bool is_over(const struct flight *f)
{
	return f->state == FLIGHT_DONE || f->state == FLIGHT_FAILED;
}

static void stop_joining(struct flight *f)
{
	if (f->joinable)
		f->at_floor = 0; /* to be counted */
	f->joinable = false;
	make_room(f);
}

static void abandon(struct flight *f)
{
	f->abandoned = true;
	f->wants_room = false;
	stop_joining(f);
	if (f->producer)
		f->producer->on_abandoned(f->producer);
}

static void take_out(struct flight *f, struct reader *r)
{
	list_remove(&r->link);
	f->reader_count--;
	f->at_floor -= r->position == f->floor;
	r->flight = NULL;
	r->block = NULL;
	r->waits = false;
}

bool flight_leave(struct flight *f, struct reader *r, bool finish_abandoned)
{
	pthread_mutex_lock(&f->mu);
	take_out(f, r);
	bool last = f->reader_count == 0 && !is_over(f) && !(f->joinable && finish_abandoned);
	if (last)
		abandon(f);
	else
		make_room(f);
	pthread_mutex_unlock(&f->mu);
	return last;
}

void flight_part(struct flight *f)
{
	pthread_mutex_lock(&f->mu);
	if (f->joinable) {
		blocks_close(&f->log);
		if (f->reader_count == 0)
			abandon(f);
		else
			stop_joining(f);
		wake_readers(f);
	}
	pthread_mutex_unlock(&f->mu);
}

/* ## Reading */

size_t flight_copy(struct reader *r, char *at, size_t room)
{
	struct flight *f = r->flight;
	pthread_mutex_lock(&f->mu);
	size_t unread = f->log.total - r->position;
	struct block *block = r->block ? r->block : f->log.first;
	pthread_mutex_unlock(&f->mu);

	size_t n = unread < room ? unread : room;
	if (n == 0)
		return 0;
	block = blocks_copy(block, r->position, n, at);

	pthread_mutex_lock(&f->mu);
	bool slowest = r->position == f->floor;
	r->position += n;
	r->block = block;
	f->at_floor -= slowest;
	if (slowest)
		make_room(f);
	pthread_mutex_unlock(&f->mu);
	return n;
}

/* ## Producing */

void flight_produce(struct flight *f, struct producer *p)
{
	pthread_mutex_lock(&f->mu);
	f->producer = p;
	if (p && f->abandoned)
		p->on_abandoned(p);
	pthread_mutex_unlock(&f->mu);
}

void flight_head(struct flight *f, void *head, void (*destroy)(void **head))
{
	pthread_mutex_lock(&f->mu);
	ensure(f->state == FLIGHT_OPEN);
	f->state = FLIGHT_HEAD;
	f->head = head;
	f->destroy_head = destroy;
	wake_readers(f);
	pthread_mutex_unlock(&f->mu);
}

bool flight_append(struct flight *f, struct slice bytes, bool *ret_outgrown)
{
	pthread_mutex_lock(&f->mu);
	ensure(f->state == FLIGHT_HEAD);
	bool refused = false;
	bool fits = blocks_append(&f->log, bytes, &refused);
	bool outgrown = f->joinable && (refused || f->log.total > f->hold_limit);
	*ret_outgrown = outgrown && !f->outgrown;
	f->outgrown = f->outgrown || outgrown;
	if (f->reader_count == 0)
		make_room(f);
	wake_readers(f);
	pthread_mutex_unlock(&f->mu);
	return fits;
}

static void end(struct flight *f, enum flight_state state)
{
	f->state = state;
	f->wants_room = false;
	stop_joining(f);
	wake_readers(f);
}

void flight_finish(struct flight *f, bool stored, int reason_code)
{
	pthread_mutex_lock(&f->mu);
	ensure(f->state == FLIGHT_HEAD);
	f->stored = stored;
	f->reason_code = reason_code;
	end(f, FLIGHT_DONE);
	pthread_mutex_unlock(&f->mu);
}

void flight_fail(struct flight *f, int reason_code, const char *reason)
{
	pthread_mutex_lock(&f->mu);
	ensure(!is_over(f));
	f->reason = memory_text(reason);
	f->reason_code = reason_code;
	end(f, FLIGHT_FAILED);
	pthread_mutex_unlock(&f->mu);
}

/* ## Both ends */

size_t flight_readers(struct flight *f)
{
	pthread_mutex_lock(&f->mu);
	size_t n = f->reader_count;
	pthread_mutex_unlock(&f->mu);
	return n;
}

const struct name *flight_name(const struct flight *f)
{
	return f->named ? &f->name : NULL;
}

enum wire_form flight_form(const struct flight *f)
{
	return f->form;
}

bool flight_joinable(struct flight *f)
{
	pthread_mutex_lock(&f->mu);
	bool joinable = f->joinable;
	pthread_mutex_unlock(&f->mu);
	return joinable;
}

/* ## For tests */

static void check_readers(const struct flight *f)
{
	size_t n = 0;
	list_each (node, &f->readers) {
		const struct reader *r = container_of(node, struct reader, link);
		ensure(r->flight == f);
		ensure(r->position >= f->floor && r->position <= f->log.total);
		ensure(!r->waits || !has_come(f, r, r->awaits));
		const struct block *b = r->block;
		ensure(!b || (b->start <= r->position && r->position <= b->start + b->room));
		n++;
	}
	ensure(n == f->reader_count);
}

void flight_check(struct flight *f)
{
	pthread_mutex_lock(&f->mu);
	blocks_check(&f->log);
	check_readers(f);
	size_t held = f->log.first ? f->log.first->start : f->log.total;
	ensure(f->joinable ? f->floor == 0 && held == 0 : f->floor == slowest_position(f));
	ensure(held <= f->floor);
	ensure(f->joinable || f->at_floor == count_at(f, f->floor));
	ensure(!f->wants_room || !f->joinable);
	ensure(!f->abandoned || (f->reader_count == 0 && !f->joinable));
	ensure((f->state == FLIGHT_FAILED) == (f->reason != NULL));
	pthread_mutex_unlock(&f->mu);
}
