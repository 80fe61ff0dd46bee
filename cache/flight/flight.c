#include "cache/flight/flight.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "cache/flight/flight_internal.h"

#include <stdlib.h>

/* ## Life cycle */

struct flight *flight_create(const struct flight_options *options)
{
	struct flight *f = memory_new(struct flight);
	refs_init(&f->refs);
	pthread_mutex_init(&f->mu, NULL);
	list_init(&f->readers);
	list_init(&f->table_link);
	f->log.budget = options->budget;
	if (options->key) {
		f->keyed = true;
		f->key = *options->key;
		f->form = options->form;
		f->branch = options->branch;
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
	ensure(list_empty(&f->readers) && list_empty(&f->table_link));
	blocks_finish(&f->log);
	if (f->head)
		f->destroy_head(&f->head);
	free(f->reason);
	pthread_mutex_destroy(&f->mu);
	free(f);
}

/* ## Waking */

/* Whether what the reader awaits has happened. */
static bool has_happened(const struct flight *f, const struct reader *r, enum flight_awaits awaits)
{
	if (f->state == FLIGHT_FAILED || f->state == FLIGHT_DONE || r->torn)
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
		if (!r->waits || !has_happened(f, r, r->awaits))
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
	    .arrived = has_happened(f, r, awaits),
	    .joinable = f->joinable,
	    .torn = r->torn,
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

/* ## Joining and leaving */

void flight_join(struct flight *f, struct reader *r)
{
	ensure(r->flight == NULL);
	pthread_mutex_lock(&f->mu);
	ensure(f->log.first == NULL || f->log.first->start == 0);
	r->flight = flight_ref(f);
	r->position = 0;
	r->block = NULL;
	r->waits = r->copying = r->torn = false;
	list_append(&f->readers, &r->link);
	f->reader_count++;
	f->at_floor += f->floor == 0;
	pthread_mutex_unlock(&f->mu);
}

static bool has_ended(const struct flight *f)
{
	return f->state == FLIGHT_DONE || f->state == FLIGHT_FAILED;
}

static void stop_joining(struct flight *f)
{
	if (f->joinable)
		f->at_floor = 0; /* makes flight_make_room_locked count */
	f->joinable = false;
	flight_make_room_locked(f);
}

static void abandon(struct flight *f)
{
	f->abandoned = true;
	f->wants_room = false;
	stop_joining(f);
	if (f->producer)
		f->producer->on_abandoned(f->producer);
}

static void detach(struct flight *f, struct reader *r)
{
	list_remove(&r->link);
	f->reader_count--;
	f->at_floor -= !r->torn && r->position == f->floor;
	r->flight = NULL;
	r->block = NULL;
	r->waits = false;
}

bool flight_leave(struct flight *f, struct reader *r, bool finish_abandoned)
{
	pthread_mutex_lock(&f->mu);
	detach(f, r);
	bool last = f->reader_count == 0 && !has_ended(f) && !(f->joinable && finish_abandoned);
	if (last)
		abandon(f);
	else
		flight_make_room_locked(f);
	pthread_mutex_unlock(&f->mu);
	return last;
}

void flight_unshare(struct flight *f, int reason_code)
{
	pthread_mutex_lock(&f->mu);
	if (f->joinable) {
		f->reason_code = reason_code;
		blocks_close(&f->log);
		if (f->reader_count == 0)
			abandon(f);
		else
			stop_joining(f);
		wake_readers(f);
	}
	pthread_mutex_unlock(&f->mu);
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
	/* Readers that waited have something to read. */
	f->lagging = f->lagging && bytes.len == 0;
	bool refused = false;
	bool fits = blocks_append(&f->log, bytes, &refused);
	bool outgrown = f->joinable && (refused || f->log.total > f->hold_limit);
	*ret_outgrown = outgrown && !f->outgrown;
	f->outgrown = f->outgrown || outgrown;
	if (f->reader_count == 0)
		flight_make_room_locked(f);
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
	ensure(!has_ended(f));
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

const struct cache_key *flight_key(const struct flight *f)
{
	return f->keyed ? &f->key : NULL;
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
		ensure((r->torn || r->position >= f->floor) && r->position <= f->log.total);
		ensure(!r->torn || !r->copying);
		ensure(!r->waits || !has_happened(f, r, r->awaits));
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
	ensure(f->joinable ? f->floor == 0 && held == 0 : f->floor == flight_slowest_locked(f));
	ensure(held <= f->floor);
	ensure(f->joinable || f->at_floor == flight_count_at_locked(f, f->floor));
	ensure(!f->wants_room || !f->joinable);
	ensure(!f->abandoned || (f->reader_count == 0 && !f->joinable));
	ensure((f->state == FLIGHT_FAILED) == (f->reason != NULL));
	pthread_mutex_unlock(&f->mu);
}
