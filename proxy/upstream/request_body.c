#include "proxy/upstream/request_body.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

/* The least that is taken at a time for a body of which more is to come. */
enum { STEP = 64 << 10 };

struct upload *upload_create(const struct upload_options *options)
{
	struct upload *u = memory_new(struct upload);
	u->refs = 1;
	u->piped = options->piped;
	u->allowance = options->allowance;
	u->limit = options->piped ? UPLOAD_WINDOW : options->limit;
	u->expected = options->expected;
	return u;
}

struct upload *upload_ref(struct upload *u)
{
	u->refs++;
	return u;
}

void upload_unref(struct upload **u)
{
	struct upload *gone = take(u);
	if (!gone || --gone->refs > 0)
		return;
	buf_finish(&gone->held);
	if (gone->allowance) {
		budget_fall_back(gone->allowance->budget, gone);
		allowance_give(gone->allowance, gone->held.limit);
	}
	free(gone);
}

/* ## Memory */

enum budget_reach upload_reach(const struct upload *u)
{
	return u->held.len < UPLOAD_SMALL ? BUDGET_WHOLE : BUDGET_BELOW_HEADROOM;
}

static bool take_memory(struct upload *u, size_t bytes)
{
	if (!u->allowance || allowance_take(u->allowance, bytes, upload_reach(u)))
		return true;
	return budget_go_ahead(u->allowance->budget, u) &&
	       allowance_take(u->allowance, bytes, BUDGET_WHOLE);
}

/* How much to hold room for when there have to be `need` bytes: a quarter more than before, so that
 * a body that grows is moved a few times only, but not more than will come. */
static size_t next_size(const struct upload *u, size_t need)
{
	size_t size = u->held.limit + u->held.limit / 4 + STEP;
	if (u->expected && size > u->expected + UPLOAD_SPARE)
		size = u->expected + UPLOAD_SPARE;
	if (size > u->limit)
		size = u->limit;
	return size > need ? size : need;
}

bool upload_reserve(struct upload *u, size_t more)
{
	size_t spare = u->piped ? 0 : UPLOAD_SPARE;
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

static void tell_sender(struct upload *u)
{
	if (!u->starved || !u->on_bytes)
		return;
	u->starved = false;
	u->on_bytes(u->bytes_context);
}

static size_t put_piped(struct upload *u, const char *at, size_t len)
{
	size_t room = u->limit - u->held.len;
	size_t taken = len < room ? len : room;
	if (!upload_reserve(u, taken) || !buf_append(&u->held, at, taken))
		taken = 0;
	u->blocked = taken < len && !u->poor;
	tell_sender(u);
	return taken;
}

size_t upload_put(struct upload *u, const char *at, size_t len)
{
	if (u->ended)
		return len;
	if (u->piped)
		return put_piped(u, at, len);
	return upload_reserve(u, len) && buf_append(&u->held, at, len) ? len : 0;
}

void upload_end(struct upload *u, bool broken)
{
	if (u->ended)
		return;
	u->ended = true;
	u->broken = broken;
	if (u->allowance)
		budget_fall_back(u->allowance->budget, u);
	tell_sender(u);
}

static void make_room(struct upload *u)
{
	buf_drop_front(&u->held, u->sent);
	u->sent = 0;
	if (!u->blocked || !u->on_room)
		return;
	u->blocked = false;
	u->on_room(u->room_context);
}

long upload_get(struct upload *u, char *at, size_t room)
{
	size_t left = u->held.len - u->sent;
	if (u->broken)
		return UPLOAD_BROKEN;
	if (left == 0 && !u->ended) {
		u->starved = true;
		return UPLOAD_LATER;
	}
	size_t taken = left < room ? left : room;
	if (taken)
		memcpy(at, u->held.at + u->sent, taken);
	u->sent += taken;
	if (u->piped && (u->sent == u->held.len || u->sent > UPLOAD_WINDOW / 2))
		make_room(u);
	return (long)taken;
}

void upload_rewind(struct upload *u)
{
	ensure(!u->piped);
	u->sent = 0;
}

void upload_spend(struct upload **upload)
{
	struct upload *u = *upload;
	if (!u || u->piped || !u->ended || u->sent < u->held.len)
		return;
	upload_close(u);
	upload_unref(upload);
}

void upload_close(struct upload *u)
{
	u->on_bytes = NULL;
	if (!u->piped)
		return;
	u->ended = true;
	u->sent = u->held.len;
	make_room(u);
}
