/* Reading, dropping and waiting for the bytes of a flight.
 *
 * Everything happens under the flight's lock, except that readers copy bytes without it. This is
 * safe because a block neither moves nor changes below `total`, and is freed only after all readers
 * have passed its end; only the reader moves its position, and a reader that is copying is never
 * torn off. The reader determines under the lock how far it may copy, so the producer's writes up
 * to there happened before. */
#include "cache/flight/flight.h"
#include "cache/flight/flight_internal.h"

/* ## Making room */

size_t flight_slowest_locked(const struct flight *f)
{
	size_t slowest = f->log.total;
	list_each (node, &f->readers) {
		const struct reader *r = container_of(node, struct reader, link);
		if (!r->torn && r->position < slowest)
			slowest = r->position;
	}
	return slowest;
}

size_t flight_count_at_locked(const struct flight *f, size_t position)
{
	size_t count = 0;
	list_each (node, &f->readers) {
		const struct reader *r = container_of(node, struct reader, link);
		count += !r->torn && r->position == position;
	}
	return count;
}

/* While at least one reader is still at the floor, the floor cannot move, so the readers are
 * scanned only after the last one has left it: once for a thousand readers that read in step. */
void flight_make_room_locked(struct flight *f)
{
	if (f->joinable || f->at_floor)
		return;
	f->floor = flight_slowest_locked(f);
	f->at_floor = flight_count_at_locked(f, f->floor);
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
	/* If nothing is unread there is always room: a flight that holds no memory must not wait
	 * for others to free theirs. */
	bool room =
	    f->joinable || ahead == 0 || (ahead < FLIGHT_WINDOW && !budget_is_full(f->log.budget));
	f->wants_room = !room;
	pthread_mutex_unlock(&f->mu);
	return room;
}

/* ## Readers that lag */

/* Whether a reader has read everything and waits for more. */
static bool has_waiting_reader(const struct flight *f)
{
	list_each (node, &f->readers) {
		const struct reader *r = container_of(node, struct reader, link);
		if (r->waits && r->awaits == AWAITS_BYTES && !r->torn)
			return true;
	}
	return false;
}

/* Tears off the readers that lag by half a WINDOW or more; if even the slowest lags by less,
 * because the producer waits for room in the budget, the slowest ones. Returns how many. */
static size_t tear_off_laggards(struct flight *f)
{
	size_t count = 0;
	size_t ahead = f->log.total - f->floor;
	size_t least = ahead < FLIGHT_WINDOW / 2 ? ahead : FLIGHT_WINDOW / 2;
	list_each (node, &f->readers) {
		struct reader *r = container_of(node, struct reader, link);
		bool lags = f->log.total - r->position >= least;
		if (!lags || r->torn || r->copying)
			continue;
		f->at_floor -= r->position == f->floor;
		r->torn = true;
		r->block = NULL; /* may be freed */
		r->waits = false;
		r->wake(r);
		count++;
	}
	return count;
}

size_t flight_tear_off(struct flight *f, int64_t now_ms)
{
	size_t count = 0;
	pthread_mutex_lock(&f->mu);
	bool lagged = f->lagging;
	/* Not reset while the producer resumes: it may find that there is no room after all, and
	 * then the time continues. */
	if (f->wants_room)
		f->lagging = has_waiting_reader(f);
	if (f->lagging && !lagged)
		f->lag_ms = now_ms;
	if (f->lagging && f->wants_room && now_ms - f->lag_ms >= FLIGHT_LAG_MS) {
		count = tear_off_laggards(f);
		flight_make_room_locked(f);
	}
	pthread_mutex_unlock(&f->mu);
	return count;
}

bool flight_is_torn(const struct reader *r)
{
	if (!r->flight)
		return false;
	pthread_mutex_lock(&r->flight->mu);
	bool torn = r->torn;
	pthread_mutex_unlock(&r->flight->mu);
	return torn;
}

/* ## Reading */

size_t flight_copy(struct reader *r, char *at, size_t room)
{
	struct flight *f = r->flight;
	pthread_mutex_lock(&f->mu);
	size_t unread = r->torn ? 0 : f->log.total - r->position;
	struct block *block = r->block ? r->block : f->log.first;
	size_t n = unread < room ? unread : room;
	r->copying = n > 0;
	pthread_mutex_unlock(&f->mu);
	if (n == 0)
		return 0;
	block = blocks_copy(block, r->position, n, at);

	pthread_mutex_lock(&f->mu);
	bool slowest = r->position == f->floor;
	r->position += n;
	r->block = block;
	r->copying = false;
	f->at_floor -= slowest;
	if (slowest)
		flight_make_room_locked(f);
	pthread_mutex_unlock(&f->mu);
	return n;
}
