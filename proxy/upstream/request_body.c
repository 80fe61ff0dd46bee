#include "proxy/upstream/request_body.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

/* Minimum growth of a body that is not complete. */
enum { STEP = 64 << 10 };

struct request_body *request_body_create(const struct request_body_options *options)
{
	struct request_body *b = memory_new(struct request_body);
	b->refs = 1;
	b->piped = options->piped;
	b->quota = options->quota;
	b->limit = options->piped ? REQUEST_BODY_WINDOW : options->limit;
	b->expected = options->expected;
	return b;
}

struct request_body *request_body_ref(struct request_body *b)
{
	b->refs++;
	return b;
}

void request_body_unref(struct request_body **b)
{
	struct request_body *gone = take(b);
	if (!gone || --gone->refs > 0)
		return;
	buf_finish(&gone->held);
	if (gone->quota) {
		budget_fall_back(gone->quota->budget, gone);
		memory_quota_give(gone->quota, gone->held.limit);
	}
	free(gone);
}

/* ## Memory */

enum budget_reach request_body_reach(const struct request_body *b)
{
	return b->held.len < REQUEST_BODY_SMALL ? BUDGET_WHOLE : BUDGET_BELOW_HEADROOM;
}

static bool take_memory(struct request_body *b, size_t bytes)
{
	if (!b->quota || memory_quota_take(b->quota, bytes, request_body_reach(b)))
		return true;
	return budget_go_ahead(b->quota->budget, b) &&
	       memory_quota_take(b->quota, bytes, BUDGET_WHOLE);
}

/* The next size of a buffer that needs `need` bytes: a quarter more than before, so that a growing
 * body is moved only a few times, but not more than the expected length. */
static size_t next_size(const struct request_body *b, size_t need)
{
	size_t size = b->held.limit + b->held.limit / 4 + STEP;
	if (b->expected && size > b->expected + REQUEST_BODY_SPARE)
		size = b->expected + REQUEST_BODY_SPARE;
	if (size > b->limit)
		size = b->limit;
	return size > need ? size : need;
}

bool request_body_reserve(struct request_body *b, size_t more)
{
	size_t spare = b->piped ? 0 : REQUEST_BODY_SPARE;
	b->no_memory = false;
	if (more <= b->held.limit - b->held.len)
		return true;
	if (more > b->limit - b->held.len)
		return false;
	size_t need = b->held.len + more + spare < b->limit ? b->held.len + more + spare : b->limit;
	size_t size = next_size(b, need);
	b->no_memory = !take_memory(b, size - b->held.limit);
	if (b->no_memory)
		return false;
	b->held.limit = size;
	return true;
}

static void wake_sender(struct request_body *b)
{
	if (!b->starved || !b->on_bytes)
		return;
	b->starved = false;
	b->on_bytes(b->bytes_context);
}

static size_t put_piped(struct request_body *b, const char *at, size_t len)
{
	size_t room = b->limit - b->held.len;
	size_t taken = len < room ? len : room;
	if (!request_body_reserve(b, taken) || !buf_append(&b->held, at, taken))
		taken = 0;
	b->blocked = taken < len && !b->no_memory;
	wake_sender(b);
	return taken;
}

size_t request_body_put(struct request_body *b, const char *at, size_t len)
{
	if (b->ended)
		return len;
	if (b->piped)
		return put_piped(b, at, len);
	return request_body_reserve(b, len) && buf_append(&b->held, at, len) ? len : 0;
}

void request_body_end(struct request_body *b, bool broken)
{
	if (b->ended)
		return;
	b->ended = true;
	b->broken = broken;
	if (b->quota)
		budget_fall_back(b->quota->budget, b);
	wake_sender(b);
}

static void make_room(struct request_body *b)
{
	buf_drop_front(&b->held, b->sent);
	b->sent = 0;
	if (!b->blocked || !b->on_room)
		return;
	b->blocked = false;
	b->on_room(b->room_context);
}

long request_body_get(struct request_body *b, char *at, size_t room)
{
	size_t left = b->held.len - b->sent;
	if (b->broken)
		return REQUEST_BODY_BROKEN;
	if (left == 0 && !b->ended) {
		b->starved = true;
		return REQUEST_BODY_LATER;
	}
	size_t taken = left < room ? left : room;
	if (taken)
		memcpy(at, b->held.at + b->sent, taken);
	b->sent += taken;
	if (b->piped && (b->sent == b->held.len || b->sent > REQUEST_BODY_WINDOW / 2))
		make_room(b);
	return (long)taken;
}

void request_body_rewind(struct request_body *b)
{
	ensure(!b->piped);
	b->sent = 0;
}

void request_body_drop_sent(struct request_body **body)
{
	struct request_body *b = *body;
	if (!b || b->piped || !b->ended || b->sent < b->held.len)
		return;
	request_body_close(b);
	request_body_unref(body);
}

void request_body_close(struct request_body *b)
{
	b->on_bytes = NULL;
	if (!b->piped)
		return;
	b->ended = true;
	b->sent = b->held.len;
	make_room(b);
}
