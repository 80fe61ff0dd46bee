#include "proxy/http/recv_filter.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* How much is received at a time while bytes are held. */
enum { PIECE = 4096 };

struct recv_filter {
	struct recv_filter_options options;
	struct framing framing;
	struct buf held; /* received and not handed on; nearly always empty */
	size_t approved; /* bytes at the front of held that are approved */
	bool drained;	 /* the kernel had no more when we last asked */
	bool holds_head;
	bool ended; /* libmicrohttpd finds the end, see recv_filter_end */
};

/* ## The table */

static _Thread_local struct {
	struct recv_filter **at; /* by descriptor; NULL: no filter */
	size_t size;
	size_t count;
} table;

static struct recv_filter *find(int fd)
{
	return fd >= 0 && (size_t)fd < table.size ? table.at[fd] : NULL;
}

static void enter(struct recv_filter *f)
{
	size_t fd = (size_t)f->options.fd;
	if (fd >= table.size) {
		size_t size = 2 * fd + 64;
		table.at = realloc(table.at, size * sizeof *table.at);
		ensure(table.at != NULL);
		memset(table.at + table.size, 0, (size - table.size) * sizeof *table.at);
		table.size = size;
	}
	ensure(!table.at[fd]);
	table.at[fd] = f;
	table.count++;
}

static void leave(const struct recv_filter *f)
{
	table.at[f->options.fd] = NULL;
	if (--table.count > 0)
		return;
	free(table.at);
	table.at = NULL;
	table.size = 0;
}

/* ## What is held */

static bool is_refused(const struct recv_filter *f)
{
	return f->framing.failure != FAILURE_NONE;
}

static void check_held_head(struct recv_filter *f)
{
	bool held = f->framing.place == FRAMING_HEAD && f->held.len > f->approved;
	if (held && !f->holds_head)
		f->options.on_hold(f->options.context);
	f->holds_head = held;
}

/* Holds bytes that are not approved; for a refused request, the ending in their place. */
static bool hold(struct recv_filter *f, struct slice rest)
{
	if (is_refused(f)) {
		rest = framing_ending(&f->framing);
		f->approved += rest.len;
	}
	bool fine = buf_append_slice(&f->held, rest);
	check_held_head(f);
	return fine;
}

static size_t hand_on(struct recv_filter *f, char *at, size_t room)
{
	size_t n = room < f->approved ? room : f->approved;
	if (n == 0)
		return 0;
	memcpy(at, f->held.at, n);
	buf_drop_front(&f->held, n);
	f->approved -= n;
	if (f->held.len == 0)
		buf_recycle(&f->held, 0);
	return n;
}

/* ## Receiving. Results as of recv(2): the number of bytes, 0 at the end, -1 with errno. */

static ssize_t receive(struct recv_filter *f, void *at, size_t room)
{
	ssize_t n = recvfrom(f->options.fd, at, room, 0, NULL, NULL);
	f->drained = n < (ssize_t)room;
	return n;
}

static ssize_t out_of_memory(void)
{
	errno = ENOMEM;
	return -1;
}

/* Receives directly into the caller's buffer. */
static ssize_t receive_direct(struct recv_filter *f, char *at, size_t room, size_t *given)
{
	ssize_t n = receive(f, at, room);
	if (n <= 0)
		return n;
	size_t len = (size_t)n;
	size_t approved = framing_read(&f->framing, at, &len);
	*given += approved;
	if (approved == len && !is_refused(f))
		return n;
	return hold(f, slice_make(at + approved, len - approved)) ? n : out_of_memory();
}

/* Receives behind the held bytes, none of which is approved. */
static ssize_t receive_behind(struct recv_filter *f)
{
	if (!buf_reserve(&f->held, PIECE))
		return out_of_memory();
	ssize_t n = receive(f, f->held.at + f->held.len, PIECE);
	if (n <= 0)
		return n;
	f->held.len += (size_t)n;
	f->approved = framing_read(&f->framing, f->held.at, &f->held.len);
	if (is_refused(f))
		f->held.len = f->approved;
	return hold(f, slice_of("")) ? n : out_of_memory();
}

/* Whether to hide the end: it is the client's own, neither ours nor that of a refused request. */
static bool should_hide_end(struct recv_filter *f)
{
	return !f->ended && f->options.on_end && !f->options.on_end(f->options.context);
}

static ssize_t pass_on(struct recv_filter *f, char *at, size_t room)
{
	size_t given = 0;
	ssize_t n = f->ended ? 0 : 1;
	f->drained = false;
	while (n > 0) {
		given += hand_on(f, at + given, room - given);
		if (given == room || f->drained || is_refused(f))
			break;
		n = f->held.len ? receive_behind(f)
				: receive_direct(f, at + given, room - given, &given);
	}
	if (given > 0)
		return (ssize_t)given;
	if (n < 0)
		return -1;
	if (is_refused(f) || (n == 0 && !should_hide_end(f)))
		return 0;
	errno = EAGAIN;
	return -1;
}

/* The recv of the whole process. */
ssize_t recv_filter_recv(int fd, void *at, size_t room, int flags) __asm__("recv");

__attribute__((used, visibility("default"))) ssize_t recv_filter_recv(int fd, void *at, size_t room,
								      int flags)
{
	struct recv_filter *f = find(fd);
	if (!f)
		return recvfrom(fd, at, room, flags, NULL, NULL);
	ensure(flags == 0);
	return pass_on(f, at, room);
}

/* Called in place of recv by libraries built with _FORTIFY_SOURCE (as Debian 13's are), where the
 * size of the buffer is known. */
ssize_t recv_filter_recv_chk(int fd, void *at, size_t room, size_t size,
			     int flags) __asm__("__recv_chk");

__attribute__((used, visibility("default"))) ssize_t
recv_filter_recv_chk(int fd, void *at, size_t room, size_t size, int flags)
{
	ensure(room <= size);
	return recv_filter_recv(fd, at, room, flags);
}

/* ## Life */

struct recv_filter *recv_filter_create(const struct recv_filter_options *options)
{
	struct recv_filter *f = memory_new(struct recv_filter);
	f->options = *options;
	f->framing = framing_make(options->head_limit);
	/* The most that framing_read leaves unapproved, one more piece, and an ending. */
	f->held = buf_make(options->head_limit + 2 * (size_t)PIECE);
	enter(f);
	return f;
}

void recv_filter_destroy(struct recv_filter **f)
{
	struct recv_filter *gone = take(f);
	if (!gone)
		return;
	leave(gone);
	buf_finish(&gone->held);
	free(gone);
}

void recv_filter_end(struct recv_filter *f)
{
	f->ended = true;
}

const struct framing *recv_filter_framing(const struct recv_filter *f)
{
	return &f->framing;
}

bool recv_filter_holds_head(const struct recv_filter *f)
{
	return f->holds_head;
}

bool recv_filter_is_between(const struct recv_filter *f)
{
	return f->framing.place == FRAMING_HEAD && f->held.len == 0;
}
