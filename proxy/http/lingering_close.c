#include "proxy/http/lingering_close.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is read of one socket in one turn, so that a flood of bytes holds up nobody: FAREWELLS_MOST
 * of these are copied in about a millisecond. */
enum { PIECE = 32 << 10 };

struct farewell {
	struct farewells *farewells;
	struct list link;
	struct watch watch;
	int fd;
	int64_t deadline_ms;
};

static void farewell_end(struct farewell **f)
{
	struct farewell *gone = take(f);
	loop_remove(gone->farewells->loop, &gone->watch);
	list_remove(&gone->link);
	gone->farewells->count--;
	close(gone->fd);
	free(gone);
}

static void end_first(struct farewells *f)
{
	struct farewell *first = container_of(f->all.next, struct farewell, link);
	farewell_end(&first);
}

static void on_bytes(struct watch *w, uint32_t events)
{
	struct farewell *f = container_of(w, struct farewell, watch);
	char nobody_looks_at[PIECE];
	ssize_t got = recv(f->fd, nobody_looks_at, sizeof nobody_looks_at, 0);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		farewell_end(&f);
}

void farewell_begin(struct farewells *farewells, int fd, int64_t now_ms)
{
	if (fd < 0)
		return;
	shutdown(fd, SHUT_WR);
	if (farewells->count == FAREWELLS_MOST)
		end_first(farewells);
	struct farewell *f = memory_new(struct farewell);
	f->farewells = farewells;
	f->fd = fd;
	f->watch.fd = -1;
	f->deadline_ms = now_ms + FAREWELL_MS;
	list_append(&farewells->all, &f->link);
	farewells->count++;
	if (!loop_add(farewells->loop, &f->watch, fd, EPOLLIN, on_bytes))
		farewell_end(&f);
}

void farewell_begin_copy(struct farewells *farewells, int fd, int64_t now_ms)
{
	farewell_begin(farewells, fcntl(fd, F_DUPFD_CLOEXEC, 0), now_ms);
}

void farewells_init(struct farewells *f, struct loop *loop)
{
	f->loop = loop;
	f->count = 0;
	list_init(&f->all);
}

void farewells_finish(struct farewells *f)
{
	while (!list_empty(&f->all))
		end_first(f);
}

int64_t farewells_due_ms(const struct farewells *f)
{
	return list_empty(&f->all) ? -1
				   : container_of(f->all.next, struct farewell, link)->deadline_ms;
}

void farewells_work(struct farewells *f, int64_t now_ms)
{
	while (!list_empty(&f->all) && farewells_due_ms(f) <= now_ms)
		end_first(f);
}
