#include "proxy/request/flight_body.h"

#include "proxy/http/response.h"

enum { PORTION = 16 << 10 };

struct flight_body flight_body_make(struct reader *reader, bool without_usage, size_t limit_bytes)
{
	/* Maximum output of the filter at once: a held frame that has grown, an unfinished frame
	 * with the portion in which it exceeded the limit, and the next portion. */
	return (struct flight_body){
	    .reader = reader,
	    .filter = without_usage ? usage_filter_create(limit_bytes) : NULL,
	    .filtered = buf_make(4 * limit_bytes + 2 * (size_t)PORTION),
	};
}

void flight_body_finish(struct flight_body *f)
{
	usage_filter_destroy(&f->filter);
	buf_finish(&f->filtered);
}

/* ## The flight's bytes */

static long pull_flight(struct flight_body *f, char *at, size_t room)
{
	size_t got = flight_copy(f->reader, at, room);
	if (got)
		return (long)got;
	struct flight_news news = flight_look(f->reader, AWAITS_BYTES);
	if (!news.arrived)
		return PULL_LATER;
	got = flight_copy(f->reader, at, room);
	if (got)
		return (long)got;
	f->lagged = news.torn;
	f->torn = news.torn || news.state == FLIGHT_FAILED;
	return f->torn ? PULL_TORN : PULL_END;
}

/* ## Through the filter */

static long take_filtered(struct flight_body *f, char *at, size_t room)
{
	size_t left = f->filtered.len - f->sent;
	size_t got = left < room ? left : room;
	memcpy(at, f->filtered.at + f->sent, got);
	f->sent += got;
	if (f->sent == f->filtered.len) {
		f->sent = 0;
		buf_clear(&f->filtered);
	}
	return (long)got;
}

/* Flushes the filter, also if the flight broke off: the client gets all that arrived. */
static void end_filter(struct flight_body *f)
{
	f->filter_ended = true;
	f->torn = !usage_filter_end(f->filter, &f->filtered) || f->torn;
}

/* Two portions are not counted, as for any connection. A buffer of n bytes and its copy in the
 * output may each have allocated twice as much, plus the next portion. */
static size_t memory_for(size_t waiting)
{
	return waiting > 2 * (size_t)PORTION ? 4 * (waiting + PORTION) : 0;
}

/* Takes memory for the waiting bytes. If there is none, they are passed on unfiltered. */
static void account(struct flight_body *f)
{
	if (!f->take_memory)
		return;
	if (f->filtered.len == 0)
		buf_recycle(&f->filtered, PORTION);
	size_t waiting = usage_filter_bytes(f->filter) + f->filtered.len;
	if (!f->take_memory(f, memory_for(waiting)) && !usage_filter_cut(f->filter, &f->filtered))
		f->torn = f->filter_ended = true;
}

static long pull_filtered(struct flight_body *f, char *at, size_t room)
{
	char portion[PORTION];
	while (f->filtered.len == 0 && !f->filter_ended) {
		long got = pull_flight(f, portion, sizeof portion);
		if (got == PULL_LATER)
			return PULL_LATER;
		if (got < 0)
			end_filter(f);
		else if (!usage_filter_feed(f->filter, slice_make(portion, (size_t)got),
					    &f->filtered))
			f->torn = f->filter_ended = true;
		account(f);
	}
	if (f->filtered.len) {
		long got = take_filtered(f, at, room);
		if (f->filtered.len == 0)
			account(f);
		return got;
	}
	return f->torn ? PULL_TORN : PULL_END;
}

long flight_body_pull(struct flight_body *f, char *at, size_t room)
{
	return f->filter ? pull_filtered(f, at, room) : pull_flight(f, at, room);
}
