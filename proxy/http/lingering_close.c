#include "proxy/http/lingering_close.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes read from one socket in one turn, so that a flood of them delays nothing else:
 * LINGERING_CLOSES_MOST pieces are copied in about a millisecond. */
enum { PIECE = 32 << 10 };

struct lingering_close {
	struct lingering_closes *lingering_closes;
	struct list link;
	struct watch watch;
	int fd;
	int64_t deadline_ms;
};

static void lingering_close_end(struct lingering_close **c)
{
	struct lingering_close *gone = take(c);
	loop_remove(gone->lingering_closes->loop, &gone->watch);
	list_remove(&gone->link);
	gone->lingering_closes->count--;
	close(gone->fd);
	free(gone);
}

static void end_first(struct lingering_closes *l)
{
	struct lingering_close *first = container_of(l->all.next, struct lingering_close, link);
	lingering_close_end(&first);
}

static void on_bytes(struct watch *w, uint32_t events)
{
	struct lingering_close *c = container_of(w, struct lingering_close, watch);
	char discarded[PIECE];
	ssize_t got = recv(c->fd, discarded, sizeof discarded, 0);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		lingering_close_end(&c);
}

void lingering_close_begin(struct lingering_closes *l, int fd, int64_t now_ms)
{
	if (fd < 0)
		return;
	shutdown(fd, SHUT_WR);
	if (l->count == LINGERING_CLOSES_MOST)
		end_first(l);
	struct lingering_close *c = memory_new(struct lingering_close);
	c->lingering_closes = l;
	c->fd = fd;
	c->watch.fd = -1;
	c->deadline_ms = now_ms + LINGERING_CLOSE_MS;
	list_append(&l->all, &c->link);
	l->count++;
	if (!loop_add(l->loop, &c->watch, fd, EPOLLIN, on_bytes))
		lingering_close_end(&c);
}

void lingering_close_begin_copy(struct lingering_closes *l, int fd, int64_t now_ms)
{
	lingering_close_begin(l, fcntl(fd, F_DUPFD_CLOEXEC, 0), now_ms);
}

void lingering_closes_init(struct lingering_closes *l, struct loop *loop)
{
	l->loop = loop;
	l->count = 0;
	list_init(&l->all);
}

void lingering_closes_finish(struct lingering_closes *l)
{
	while (!list_empty(&l->all))
		end_first(l);
}

int64_t lingering_closes_due_ms(const struct lingering_closes *l)
{
	return list_empty(&l->all)
		   ? -1
		   : container_of(l->all.next, struct lingering_close, link)->deadline_ms;
}

void lingering_closes_work(struct lingering_closes *l, int64_t now_ms)
{
	while (!list_empty(&l->all) && lingering_closes_due_ms(l) <= now_ms)
		end_first(l);
}
