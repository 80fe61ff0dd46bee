#include "tests/unit/scripted.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "tests/unit/pattern.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { RECORDS = 8, SCRIPT_STEPS = 32, RECORD_BYTES = 4 << 20, WAIT_MS = 10000 };

struct scripted {
	struct script script[SCRIPT_STEPS];
	char url[64];
	char *socket_path; /* NULL: TCP */
	pthread_t thread;
	atomic_size_t steps;
	int go_fd;
	int done_fd; /* counts steps for scripted_reach */
	int listen_fd;
	int fd;
	struct buf records[RECORDS];
	size_t read;
};

static void await(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};
	ensure(poll(&p, 1, WAIT_MS) == 1);
}

/* ## Reading a request */

static bool has_head(const struct buf *b, size_t *ret_head)
{
	const char *end = b->len ? memmem(b->at, b->len, "\r\n\r\n", 4) : NULL;
	if (end)
		*ret_head = (size_t)(end - b->at) + 4;
	return end;
}

static bool is_whole(struct buf *b)
{
	size_t head;
	if (!has_head(b, &head))
		return false;
	struct slice lines = {b->at, head};
	static const char length[] = "\r\nContent-Length: ";
	const char *at = memmem(lines.at, lines.len, length, sizeof length - 1);
	if (at)
		return b->len >= head + strtoul(at + sizeof length - 1, NULL, 10);
	if (memmem(lines.at, lines.len, "Transfer-Encoding: chunked", 26))
		return b->len >= 5 && memcmp(b->at + b->len - 5, "0\r\n\r\n", 5) == 0;
	return true;
}

static void read_request(struct scripted *s)
{
	ensure(s->read < RECORDS);
	struct buf *b = &s->records[s->read++];
	*b = buf_make(RECORD_BYTES);
	while (!is_whole(b)) {
		ensure(buf_reserve(b, 65536));
		await(s->fd, POLLIN);
		ssize_t got = recv(s->fd, b->at + b->len, b->cap - b->len - 1, 0);
		if (got <= 0)
			break;
		b->len += (size_t)got;
	}
	ensure(buf_append_byte(b, 0));
}

/* ## The other steps */

static void send_all(struct scripted *s, struct slice bytes)
{
	while (bytes.len) {
		await(s->fd, POLLOUT);
		ssize_t sent = send(s->fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EAGAIN)
			return;
		if (sent > 0)
			bytes = slice_after(bytes, (size_t)sent);
	}
}

/* Waits until the client's kernel has all that was sent, or the connection has ended. */
static void see_arrival(struct scripted *s)
{
	int unsent = 1;
	struct tcp_info info = {0};
	socklen_t len = sizeof info;
	while (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       info.tcpi_state == TCP_ESTABLISHED && ioctl(s->fd, SIOCOUTQ, &unsent) == 0 && unsent)
		sched_yield();
}

static void flood(struct scripted *s, size_t count)
{
	static char bulk[65536];
	for (size_t sent = 0, n; sent < count; sent += n) {
		n = count - sent < sizeof bulk ? count - sent : sizeof bulk;
		pattern_write(bulk, n, sent);
		send_all(s, slice_make(bulk, n));
	}
}

static void hang_up(struct scripted *s, bool reset)
{
	struct linger at_once = {.l_onoff = 1};
	if (s->fd < 0)
		return;
	if (reset)
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(s->fd);
	s->fd = -1;
}

static void see_end(struct scripted *s)
{
	char bytes[4096];
	do
		await(s->fd, POLLIN);
	while (recv(s->fd, bytes, sizeof bytes, 0) > 0);
}

static void accept_next(struct scripted *s)
{
	await(s->listen_fd, POLLIN);
	hang_up(s, false);
	s->fd = accept(s->listen_fd, NULL, NULL);
	ensure(s->fd >= 0);
}

static bool says_something(const struct scripted *s)
{
	char byte;
	await(s->fd, POLLIN);
	return recv(s->fd, &byte, 1, MSG_PEEK) == 1;
}

static void take_step(struct scripted *s, const struct script *step)
{
	uint64_t count;
	switch (step->step) {
	case SCRIPT_ACCEPT:
		accept_next(s);
		break;
	case SCRIPT_ACCEPT_ACTIVE:
		do
			accept_next(s);
		while (!says_something(s));
		break;
	case SCRIPT_READ:
		read_request(s);
		break;
	case SCRIPT_SEND:
		send_all(s, slice_of(step->text));
		see_arrival(s);
		break;
	case SCRIPT_FLOOD:
		flood(s, step->count);
		break;
	case SCRIPT_AWAIT:
		await(s->go_fd, POLLIN);
		ensure(read(s->go_fd, &count, sizeof count) == sizeof count);
		break;
	case SCRIPT_CLOSE:
	case SCRIPT_RESET:
		hang_up(s, step->step == SCRIPT_RESET);
		break;
	case SCRIPT_SEE_END:
		see_end(s);
		break;
	case SCRIPT_END:
		break;
	}
}

static void *run(void *context)
{
	struct scripted *s = context;
	for (const struct script *step = s->script; step->step; step++) {
		take_step(s, step);
		atomic_fetch_add(&s->steps, 1);
		uint64_t one = 1;
		ensure(write(s->done_fd, &one, sizeof one) == sizeof one);
	}
	hang_up(s, false);
	return NULL;
}

/* ## Life */

static int listen_tcp(struct scripted *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ensure(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", ntohs(a.sin_port));
	return fd;
}

static int listen_unix(struct scripted *s)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof a.sun_path, "/tmp/scripted_%d_XXXXXX", (int)getpid());
	int fd = mkstemp(a.sun_path);
	ensure(fd >= 0);
	close(fd);
	unlink(a.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ensure(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
	s->socket_path = memory_text(a.sun_path);
	snprintf(s->url, sizeof s->url, "unix:%.50s", a.sun_path);
	return fd;
}

struct scripted *scripted_start(const struct script *script, bool unix_socket)
{
	struct scripted *s = memory_new(struct scripted);
	for (size_t i = 0; script[i].step; i++) {
		ensure(i + 1 < SCRIPT_STEPS);
		s->script[i] = script[i];
	}
	s->fd = -1;
	s->go_fd = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
	s->done_fd = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
	s->listen_fd = unix_socket ? listen_unix(s) : listen_tcp(s);
	ensure(listen(s->listen_fd, 8) == 0);
	ensure(pthread_create(&s->thread, NULL, run, s) == 0);
	return s;
}

void scripted_finish(struct scripted **s)
{
	struct scripted *gone = take(s);
	if (!gone)
		return;
	pthread_join(gone->thread, NULL);
	close(gone->listen_fd);
	close(gone->go_fd);
	close(gone->done_fd);
	if (gone->socket_path)
		unlink(gone->socket_path);
	for (size_t i = 0; i < gone->read; i++)
		buf_finish(&gone->records[i]);
	free(gone->socket_path);
	free(gone);
}

const char *scripted_url(const struct scripted *s)
{
	return s->url;
}

void scripted_go(struct scripted *s)
{
	uint64_t one = 1;
	ensure(write(s->go_fd, &one, sizeof one) == sizeof one);
}

size_t scripted_steps(struct scripted *s)
{
	return atomic_load(&s->steps);
}

void scripted_reach(struct scripted *s, size_t steps)
{
	uint64_t count;
	while (scripted_steps(s) < steps) {
		await(s->done_fd, POLLIN);
		ensure(read(s->done_fd, &count, sizeof count) == sizeof count);
	}
}

const char *scripted_request(struct scripted *s, size_t index)
{
	return s->records[index].at;
}
