/* Any bytes as the events of a log, each with a byte in front that says how long it is. The first
 * byte of all says how much the log may hold, the second how much is read at once. What was taken
 * is what is read, in each of the three ways. */
#include "base/buf.h"
#include "cache/store/event_log.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void check_cursor(const struct event_log *log, struct slice expected, size_t room)
{
	struct event_cursor *cursor = event_cursor_create(log);
	char at[256];
	size_t got;
	ensure(cursor);
	while ((got = event_cursor_read(cursor, at, room)) > 0) {
		ensure(got <= room && got <= expected.len);
		ensure(memcmp(at, expected.at, got) == 0);
		expected = slice_after(expected, got);
	}
	ensure(expected.len == 0 && event_cursor_read(cursor, at, room) == 0);
	event_cursor_destroy(&cursor);
}

static void check_decoded(const struct event_log *log, size_t events, struct slice expected)
{
	struct slice whole;
	char *at = malloc(expected.len ? expected.len : 1);
	ensure(event_log_decoded_bytes(log) == expected.len);
	event_log_decode(log, at);
	ensure(slice_equal(slice_make(at, expected.len), expected));
	ensure(event_log_whole(log, &whole) == (events <= 1));
	if (events <= 1)
		ensure(slice_equal(whole, expected));
	free(at);
}

/* Each event as it was taken, one behind the other. Returns how many were not empty. */
static size_t append_all(struct event_log *log, struct slice rest, struct buf *ret_expected)
{
	size_t events = 0;
	while (rest.len) {
		size_t n = (unsigned char)rest.at[0];
		rest = slice_after(rest, 1);
		n = n < rest.len ? n : rest.len;
		struct slice event = slice_make(rest.at, n);
		if (event_log_append(log, event)) {
			events += n > 0;
			ensure(buf_append_slice(ret_expected, event));
		}
		ensure(event_log_decoded_bytes(log) == ret_expected->len);
		rest = slice_after(rest, n);
	}
	return events;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len < 2)
		return 0;
	struct event_log *log = event_log_create((size_t)at[0] * 16);
	struct buf expected = buf_make(len);
	size_t events = append_all(log, slice_make(at + 2, len - 2), &expected);
	check_decoded(log, events, buf_slice(&expected));
	event_log_seal(log);
	check_decoded(log, events, buf_slice(&expected));
	check_cursor(log, buf_slice(&expected), 1 + at[1] % 255);
	event_log_destroy(&log);
	buf_finish(&expected);
	return 0;
}
