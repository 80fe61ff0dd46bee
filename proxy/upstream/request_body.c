#include "proxy/upstream/request_body.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

/* The least that is taken at a time for a body of which more is to come. */
enum { STEP = 64 << 10 };

struct request_body *request_body_create(const struct request_body_options *options)
{
	struct request_body *u = memory_new(struct request_body);
	u->refs = 1;
	u->piped = options->piped;
	u->quota = options->quota;
	u->limit = options->piped ? REQUEST_BODY_WINDOW : options->limit;
	u->expected = options->expected;
	return u;
}

struct request_body *request_body_ref(struct request_body *u)
{
	u->refs++;
	return u;
}

void request_body_unref(struct request_body **u)
{
	struct request_body *gone = take(u);
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

enum budget_reach request_body_reach(const struct request_body *u)
{
	return u->held.len < REQUEST_BODY_SMALL ? BUDGET_WHOLE : BUDGET_BELOW_HEADROOM;
}

static bool take_memory(struct request_body *u, size_t bytes)
{
	if (!u->quota || memory_quota_take(u->quota, bytes, request_body_reach(u)))
		return true;
	return budget_go_ahead(u->quota->budget, u) &&
	       memory_quota_take(u->quota, bytes, BUDGET_WHOLE);
}

/* How much to hold room for when there have to be `need` bytes: a quarter more than before, so that
 * a body that grows is moved a few times only, but not more than will come. */
static size_t next_size(const struct request_body *u, size_t need)
{
	size_t size = u->held.limit + u->held.limit / 4 + STEP;
	if (u->expected && size > u->expected + REQUEST_BODY_SPARE)
		size = u->expected + REQUEST_BODY_SPARE;
	if (size > u->limit)
		size = u->limit;
	return size > need ? size : need;
}

bool request_body_reserve(struct request_body *u, size_t more)
{
	size_t spare = u->piped ? 0 : REQUEST_BODY_SPARE;
	u->poor = false;
	if (more <= u->held.limit - u->held.len)
		return true;
	if (more > u->limit - u->held.len)
		return false;
	size_t need = u->held.len + more + spare < u->limit ? u->held.len + more + spare : u->limit;
	size_t size = next_size(u, need);
	u->poor = !take_memory(u, size - u->held.limit);
	if (u->poor)
		return false;
	u->held.limit = size;
	return true;
}

static void tell_sender(struct request_body *u)
{
	if (!u->starved || !u->on_bytes)
		return;
	u->starved = false;
	u->on_bytes(u->bytes_context);
}

static size_t put_piped(struct request_body *u, const char *at, size_t len)
{
	size_t room = u->limit - u->held.len;
	size_t taken = len < room ? len : room;
	if (!request_body_reserve(u, taken) || !buf_append(&u->held, at, taken))
		taken = 0;
	u->blocked = taken < len && !u->poor;
	tell_sender(u);
	return taken;
}

size_t request_body_put(struct request_body *u, const char *at, size_t len)
{
	if (u->ended)
		return len;
	if (u->piped)
		return put_piped(u, at, len);
	return request_body_reserve(u, len) && buf_append(&u->held, at, len) ? len : 0;
}

void request_body_end(struct request_body *u, bool broken)
{
	if (u->ended)
		return;
	u->ended = true;
	u->broken = broken;
	if (u->quota)
		budget_fall_back(u->quota->budget, u);
	tell_sender(u);
}

static void make_room(struct request_body *u)
{
	buf_drop_front(&u->held, u->sent);
	u->sent = 0;
	if (!u->blocked || !u->on_room)
		return;
	u->blocked = false;
	u->on_room(u->room_context);
}

long request_body_get(struct request_body *u, char *at, size_t room)
{
	size_t left = u->held.len - u->sent;
	if (u->broken)
		return REQUEST_BODY_BROKEN;
	if (left == 0 && !u->ended) {
		u->starved = true;
		return REQUEST_BODY_LATER;
	}
	size_t taken = left < room ? left : room;
	if (taken)
		memcpy(at, u->held.at + u->sent, taken);
	u->sent += taken;
	if (u->piped && (u->sent == u->held.len || u->sent > REQUEST_BODY_WINDOW / 2))
		make_room(u);
	return (long)taken;
}

void request_body_rewind(struct request_body *u)
{
	ensure(!u->piped);
	u->sent = 0;
}

void request_body_spend(struct request_body **body)
{
	struct request_body *u = *body;
	if (!u || u->piped || !u->ended || u->sent < u->held.len)
		return;
	request_body_close(u);
	request_body_unref(body);
}

void request_body_close(struct request_body *u)
{
	u->on_bytes = NULL;
	if (!u->piped)
		return;
	u->ended = true;
	u->sent = u->held.len;
	make_room(u);
}
