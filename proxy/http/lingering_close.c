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

static void lingering_close_end(struct lingering_close **f)
{
	struct lingering_close *gone = take(f);
	loop_remove(gone->lingering_closes->loop, &gone->watch);
	list_remove(&gone->link);
	gone->lingering_closes->count--;
	close(gone->fd);
	free(gone);
}

static void end_first(struct lingering_closes *f)
{
	struct lingering_close *first = container_of(f->all.next, struct lingering_close, link);
	lingering_close_end(&first);
}

static void on_bytes(struct watch *w, uint32_t events)
{
	struct lingering_close *f = container_of(w, struct lingering_close, watch);
	char discarded[PIECE];
	ssize_t got = recv(f->fd, discarded, sizeof discarded, 0);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		lingering_close_end(&f);
}

void lingering_close_begin(struct lingering_closes *lingering_closes, int fd, int64_t now_ms)
{
	if (fd < 0)
		return;
	shutdown(fd, SHUT_WR);
	if (lingering_closes->count == LINGERING_CLOSES_MOST)
		end_first(lingering_closes);
	struct lingering_close *f = memory_new(struct lingering_close);
	f->lingering_closes = lingering_closes;
	f->fd = fd;
	f->watch.fd = -1;
	f->deadline_ms = now_ms + LINGERING_CLOSE_MS;
	list_append(&lingering_closes->all, &f->link);
	lingering_closes->count++;
	if (!loop_add(lingering_closes->loop, &f->watch, fd, EPOLLIN, on_bytes))
		lingering_close_end(&f);
}

void lingering_close_begin_copy(struct lingering_closes *lingering_closes, int fd, int64_t now_ms)
{
	lingering_close_begin(lingering_closes, fcntl(fd, F_DUPFD_CLOEXEC, 0), now_ms);
}

void lingering_closes_init(struct lingering_closes *f, struct loop *loop)
{
	f->loop = loop;
	f->count = 0;
	list_init(&f->all);
}

void lingering_closes_finish(struct lingering_closes *f)
{
	while (!list_empty(&f->all))
		end_first(f);
}

int64_t lingering_closes_due_ms(const struct lingering_closes *f)
{
	return list_empty(&f->all)
		   ? -1
		   : container_of(f->all.next, struct lingering_close, link)->deadline_ms;
}

void lingering_closes_work(struct lingering_closes *f, int64_t now_ms)
{
	while (!list_empty(&f->all) && lingering_closes_due_ms(f) <= now_ms)
		end_first(f);
}
