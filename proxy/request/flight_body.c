#include "proxy/request/flight_body.h"

#include "proxy/http/response.h"

enum { PORTION = 16 << 10 };

struct flight_body flight_body_make(struct reader *reader, bool without_usage, size_t limit_bytes)
{
	/* At most what comes out at once: a frame that was held and had grown, one that did not
	 * end, with the portion in which it outgrew the limit, and the portion behind. */
	return (struct flight_body){
	    .reader = reader,
	    .filter = without_usage ? usage_filter_create(limit_bytes) : NULL,
	    .passed = buf_make(4 * limit_bytes + 2 * (size_t)PORTION),
	};
}

void flight_body_finish(struct flight_body *f)
{
	usage_filter_destroy(&f->filter);
	buf_finish(&f->passed);
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

static long take_passed(struct flight_body *f, char *at, size_t room)
{
	size_t left = f->passed.len - f->taken;
	size_t got = left < room ? left : room;
	memcpy(at, f->passed.at + f->taken, got);
	f->taken += got;
	if (f->taken == f->passed.len) {
		f->taken = 0;
		buf_clear(&f->passed);
	}
	return (long)got;
}

/* What waits in the filter belongs to a torn stream, too: the client has a right to all of it. */
static void end_filter(struct flight_body *f)
{
	f->over = true;
	f->torn = !usage_filter_end(f->filter, &f->passed) || f->torn;
}

/* Two portions of it are like any connection's. What holds n bytes, and a copy on its way out, has
 * room for twice as many, and some more for the portion that comes next. */
static size_t memory_for(size_t waiting)
{
	return waiting > 2 * (size_t)PORTION ? 4 * (waiting + PORTION) : 0;
}

/* What nobody pays for does not wait. */
static void settle(struct flight_body *f)
{
	if (!f->pay)
		return;
	if (f->passed.len == 0)
		buf_recycle(&f->passed, PORTION);
	size_t waiting = usage_filter_bytes(f->filter) + f->passed.len;
	if (!f->pay(f, memory_for(waiting)) && !usage_filter_cut(f->filter, &f->passed))
		f->torn = f->over = true;
}

static long pull_filtered(struct flight_body *f, char *at, size_t room)
{
	char portion[PORTION];
	while (f->passed.len == 0 && !f->over) {
		long got = pull_flight(f, portion, sizeof portion);
		if (got == PULL_LATER)
			return PULL_LATER;
		if (got < 0)
			end_filter(f);
		else if (!usage_filter_feed(f->filter, slice_make(portion, (size_t)got),
					    &f->passed))
			f->torn = f->over = true;
		settle(f);
	}
	if (f->passed.len) {
		long got = take_passed(f, at, room);
		if (f->passed.len == 0)
			settle(f);
		return got;
	}
	return f->torn ? PULL_TORN : PULL_END;
}

long flight_body_pull(struct flight_body *f, char *at, size_t room)
{
	return f->filter ? pull_filtered(f, at, room) : pull_flight(f, at, room);
}
