#include "proxy/http/recv_filter.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* How much is received at a time while something is held. */
enum { PIECE = 4096 };

struct recv_filter {
	struct recv_filter_options options;
	struct framing framing;
	struct buf held; /* came and was not handed on; empty nearly always */
	size_t approved; /* of these, from the front */
	bool drained;	 /* the kernel had no more when we last asked */
	bool holds_head;
	bool ended; /* for whoever receives through us */
};

/* ## The table */

static _Thread_local struct {
	struct recv_filter **at; /* by descriptor; NULL: not ours */
	size_t size;
	size_t taps;
} table;

static struct recv_filter *find(int fd)
{
	return fd >= 0 && (size_t)fd < table.size ? table.at[fd] : NULL;
}

static void enter(struct recv_filter *t)
{
	size_t fd = (size_t)t->options.fd;
	if (fd >= table.size) {
		size_t size = 2 * fd + 64;
		table.at = realloc(table.at, size * sizeof *table.at);
		ensure(table.at != NULL);
		memset(table.at + table.size, 0, (size - table.size) * sizeof *table.at);
		table.size = size;
	}
	ensure(!table.at[fd]);
	table.at[fd] = t;
	table.taps++;
}

static void leave(const struct recv_filter *t)
{
	table.at[t->options.fd] = NULL;
	if (--table.taps > 0)
		return;
	free(table.at);
	table.at = NULL;
	table.size = 0;
}

/* ## What is held */

static bool is_refused(const struct recv_filter *t)
{
	return t->framing.failure != FAILURE_NONE;
}

static void note_head(struct recv_filter *t)
{
	bool held = t->framing.place == FRAMING_HEAD && t->held.len > t->approved;
	if (held && !t->holds_head)
		t->options.on_hold(t->options.context);
	t->holds_head = held;
}

/* Holds what came and is not approved; of a request that is refused, its end instead. */
static bool hold(struct recv_filter *t, struct slice rest)
{
	if (is_refused(t)) {
		rest = framing_ending(&t->framing);
		t->approved += rest.len;
	}
	bool fine = buf_append_slice(&t->held, rest);
	note_head(t);
	return fine;
}

static size_t hand_on(struct recv_filter *t, char *at, size_t room)
{
	size_t n = room < t->approved ? room : t->approved;
	if (n == 0)
		return 0;
	memcpy(at, t->held.at, n);
	buf_drop_front(&t->held, n);
	t->approved -= n;
	if (t->held.len == 0)
		buf_recycle(&t->held, 0);
	return n;
}

/* ## Receiving. As recv(2): how many bytes, 0 for the end, -1 with errno. */

static ssize_t receive(struct recv_filter *t, void *at, size_t room)
{
	ssize_t n = recvfrom(t->options.fd, at, room, 0, NULL, NULL);
	t->drained = n < (ssize_t)room;
	return n;
}

static ssize_t out_of_memory(void)
{
	errno = ENOMEM;
	return -1;
}

/* Straight to where it is wanted. */
static ssize_t receive_there(struct recv_filter *t, char *at, size_t room, size_t *given)
{
	ssize_t n = receive(t, at, room);
	if (n <= 0)
		return n;
	size_t len = (size_t)n;
	size_t approved = framing_read(&t->framing, at, &len);
	*given += approved;
	if (approved == len && !is_refused(t))
		return n;
	return hold(t, slice_make(at + approved, len - approved)) ? n : out_of_memory();
}

/* Behind what is held, none of which is approved. */
static ssize_t receive_behind(struct recv_filter *t)
{
	if (!buf_reserve(&t->held, PIECE))
		return out_of_memory();
	ssize_t n = receive(t, t->held.at + t->held.len, PIECE);
	if (n <= 0)
		return n;
	t->held.len += (size_t)n;
	t->approved = framing_read(&t->framing, t->held.at, &t->held.len);
	if (is_refused(t))
		t->held.len = t->approved;
	return hold(t, slice_of("")) ? n : out_of_memory();
}

/* Nobody asked us to end, nothing was refused: it is the client's own end. */
static bool is_hidden(struct recv_filter *t)
{
	return !t->ended && t->options.on_end && !t->options.on_end(t->options.context);
}

static ssize_t pass_on(struct recv_filter *t, char *at, size_t room)
{
	size_t given = 0;
	ssize_t n = t->ended ? 0 : 1;
	t->drained = false;
	while (n > 0) {
		given += hand_on(t, at + given, room - given);
		if (given == room || t->drained || is_refused(t))
			break;
		n = t->held.len ? receive_behind(t)
				: receive_there(t, at + given, room - given, &given);
	}
	if (given > 0)
		return (ssize_t)given;
	if (n < 0)
		return -1;
	if (is_refused(t) || (n == 0 && !is_hidden(t)))
		return 0;
	errno = EAGAIN;
	return -1;
}

/* What the whole process knows as recv. */
ssize_t recv_filter_recv(int fd, void *at, size_t room, int flags) __asm__("recv");

__attribute__((used, visibility("default"))) ssize_t recv_filter_recv(int fd, void *at, size_t room,
								      int flags)
{
	struct recv_filter *t = find(fd);
	if (!t)
		return recvfrom(fd, at, room, flags, NULL, NULL);
	ensure(flags == 0);
	return pass_on(t, at, room);
}

/* What recv is compiled to where the size of the buffer is known, in a library that was built with
 * _FORTIFY_SOURCE (Debian 13's are). */
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
	struct recv_filter *t = memory_new(struct recv_filter);
	t->options = *options;
	t->framing = framing_make(options->head_limit);
	/* The most that framing_read leaves, a piece more, and an ending. */
	t->held = buf_make(options->head_limit + 2 * (size_t)PIECE);
	enter(t);
	return t;
}

void recv_filter_destroy(struct recv_filter **t)
{
	struct recv_filter *gone = take(t);
	if (!gone)
		return;
	leave(gone);
	buf_finish(&gone->held);
	free(gone);
}

void recv_filter_end(struct recv_filter *t)
{
	t->ended = true;
}

const struct framing *recv_filter_framing(const struct recv_filter *t)
{
	return &t->framing;
}

bool recv_filter_holds_head(const struct recv_filter *t)
{
	return t->holds_head;
}

bool recv_filter_is_between(const struct recv_filter *t)
{
	return t->framing.place == FRAMING_HEAD && t->held.len == 0;
}
