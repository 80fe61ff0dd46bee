#include "proxy/upload.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

struct upload *upload_create(bool piped, size_t limit)
{
	struct upload *u = memory_new(struct upload);
	u->refs = 1;
	u->piped = piped;
	u->held = buf_make(piped ? UPLOAD_WINDOW : limit);
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
	free(gone);
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
	size_t room = u->held.limit - u->held.len;
	size_t taken = len < room ? len : room;
	if (!buf_append(&u->held, at, taken))
		taken = 0;
	u->blocked = taken < len;
	tell_sender(u);
	return taken;
}

size_t upload_put(struct upload *u, const char *at, size_t len)
{
	if (u->ended)
		return len;
	if (u->piped)
		return put_piped(u, at, len);
	return buf_append(&u->held, at, len) ? len : 0;
}

void upload_end(struct upload *u, bool broken)
{
	if (u->ended)
		return;
	u->ended = true;
	u->broken = broken;
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

void upload_close(struct upload *u)
{
	u->on_bytes = NULL;
	if (!u->piped)
		return;
	u->ended = true;
	u->sent = u->held.len;
	make_room(u);
}
