/* One connection of a pool, with both of its ends, for tests of sockets. Each test begins with
 * set_up and ends with tear_down. */
#pragma once

#include "proxy/upstream/sockets.h"
#include "tests/unit/main.h"

#include <errno.h>
#include <poll.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct sockets *sockets;
static int listener, ours, theirs; /* the end made by sockets_open, and the other end */
static int ready_fd;
static uint32_t ready_events;
static struct socket_claim claim;

static inline void on_ready(void *context, int fd, uint32_t events)
{
	ck_assert_ptr_eq(context, &ready_fd);
	ready_fd = fd;
	ready_events = events;
}

static inline void set_up(void)
{
	loop = loop_create();
	sockets = sockets_create(loop, on_ready, &ready_fd);
	ready_fd = -1;
	claim = (struct socket_claim){0};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&a, &len);
	ours = sockets_open(sockets, AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(ours, 0);
	ck_assert_int_eq(connect(ours, (struct sockaddr *)&a, len), 0);
	theirs = accept(listener, NULL, NULL);
	ck_assert_int_ge(theirs, 0);
}

static inline void tear_down(void)
{
	if (ours >= 0)
		ck_assert_int_eq(sockets_close(sockets, ours), 0);
	sockets_destroy(&sockets);
	ck_assert_ptr_null(sockets);
	sockets_destroy(&sockets);
	loop_destroy(&loop);
	close(theirs);
	close(listener);
}

static inline bool want(int fd, uint32_t events)
{
	return sockets_watch(sockets, fd, events);
}

static inline int port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	getsockname(fd, (struct sockaddr *)&a, &len);
	return ntohs(a.sin_port);
}

/* A transfer claims the connection from this local port to the listener. */
static inline bool take_port(struct socket_claim *c, int local_port)
{
	const struct connection_ends ends = {
	    .peer = "127.0.0.1",
	    .local = "127.0.0.1",
	    .peer_port = port_of(listener),
	    .local_port = local_port,
	};
	return sockets_claim(sockets, c, &ends);
}

static inline bool take_it(struct socket_claim *c)
{
	return take_port(c, port_of(ours));
}

/* A transfer claims the connection, waits for input and releases it. */
static inline void make_idle(void)
{
	ck_assert(take_it(&claim));
	ck_assert(!claim.kept);
	ck_assert(want(ours, EPOLLIN));
	ck_assert(want(ours, 0));
	sockets_release(&claim);
}

static inline void send_byte(void)
{
	ck_assert_int_eq(send(theirs, "x", 1, 0), 1);
}

/* Blocks until fd is readable, for at most ten seconds. */
static inline void await_input(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
}

/* The other end sees the end of the stream, or a reset. */
static inline void expect_shut(void)
{
	char byte;
	await_input(theirs);
	ck_assert_int_le(recv(theirs, &byte, 1, 0), 0);
}

static inline void expect_open(void)
{
	char byte;
	ck_assert_int_eq(recv(theirs, &byte, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
