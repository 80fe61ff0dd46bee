#include "proxy/http/tls/tls_terminator.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOG_MODULE "tls"
#include "base/log.h"

/* The most that a TLS record can hold. */
enum { BLOCK = 16 << 10 };

/* How much the server may write ahead of the client. The kernel's default would be three times as
 * much, for every client that does not read. */
enum { SEND_BUFFER = 64 << 10 };

/* One direction: what was read on one side and not yet written on the other. */
struct direction {
	size_t at;
	size_t len;
	bool ended; /* nothing more is read */
	char bytes[BLOCK];
};

struct tls_terminator {
	struct tls_terminators *tls_terminators;
	struct list link;
	struct list closing_link; /* in `closing`, once the server has ended */
	int64_t deadline_ms;
	struct watch outer;
	struct watch inner;
	int outer_fd;
	int inner_fd;
	SSL *ssl;
	bool broken; /* the TLS connection failed or was reset */
	struct direction in;
	struct direction out;
};

static void tls_terminator_destroy(struct tls_terminator **t)
{
	struct tls_terminator *gone = take(t);
	if (!gone)
		return;
	loop_remove(gone->tls_terminators->loop, &gone->outer);
	loop_remove(gone->tls_terminators->loop, &gone->inner);
	list_remove(&gone->link);
	if (!list_empty(&gone->closing_link))
		atomic_fetch_sub(gone->tls_terminators->connections, 1);
	list_remove(&gone->closing_link);
	SSL_free(gone->ssl);
	if (gone->outer_fd >= 0)
		close(gone->outer_fd);
	if (gone->inner_fd >= 0)
		close(gone->inner_fd);
	free(gone);
}

/* ## The client's side. Each function returns whether something moved. */

static bool would_block(struct tls_terminator *t, int got)
{
	int error = SSL_get_error(t->ssl, got);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return true;
	if (error == SSL_ERROR_SSL)
		log_debug("a TLS connection failed: %s", ERR_reason_error_string(ERR_peek_error()));
	return false;
}

/* SSL_read also performs the handshake. */
static bool read_outer(struct tls_terminator *t)
{
	struct direction *in = &t->in;
	if (in->ended || in->at < in->len)
		return false;
	ERR_clear_error();
	int got = SSL_read(t->ssl, in->bytes, sizeof in->bytes);
	if (got > 0) {
		in->at = 0;
		in->len = (size_t)got;
		return true;
	}
	if (would_block(t, got))
		return false;
	in->ended = true;
	t->broken = SSL_get_error(t->ssl, got) != SSL_ERROR_ZERO_RETURN;
	shutdown(t->inner_fd, SHUT_WR);
	return true;
}

static bool write_outer(struct tls_terminator *t)
{
	struct direction *out = &t->out;
	if (out->at == out->len)
		return false;
	ERR_clear_error();
	int got = SSL_write(t->ssl, out->bytes + out->at, (int)(out->len - out->at));
	if (got > 0)
		out->at += (size_t)got;
	else if (!would_block(t, got))
		t->broken = true;
	return got > 0;
}

/* ## The server's side */

static bool read_inner(struct tls_terminator *t)
{
	struct direction *out = &t->out;
	if (out->ended || out->at < out->len)
		return false;
	ssize_t got = recv(t->inner_fd, out->bytes, sizeof out->bytes, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return false;
	/* A reset: the server ended without reading everything. */
	out->ended = got <= 0;
	out->at = 0;
	out->len = got > 0 ? (size_t)got : 0;
	return true;
}

static bool write_inner(struct tls_terminator *t)
{
	struct direction *in = &t->in;
	if (in->at == in->len)
		return false;
	ssize_t put =
	    send(t->inner_fd, in->bytes + in->at, in->len - in->at, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (put < 0 && errno == EAGAIN)
		return false;
	/* The server has ended and does not want the rest. */
	in->ended |= put < 0;
	in->at = put < 0 ? in->len : in->at + (size_t)put;
	return true;
}

/* ## Both sides */

static bool is_closing(const struct tls_terminator *t)
{
	return !list_empty(&t->closing_link);
}

/* Nothing can be sent to a client that has not completed the handshake. */
static bool is_over(const struct tls_terminator *t)
{
	return t->broken || (t->out.ended && t->out.at == t->out.len) ||
	       (is_closing(t) && !SSL_is_init_finished(t->ssl));
}

/* The client may still be sending; bytes that the server did not want may be unread in the socket
 * or in OpenSSL. */
static void close_outer(struct tls_terminator *t)
{
	SSL_shutdown(t->ssl);
	loop_remove(t->tls_terminators->loop, &t->outer);
	lingering_close_begin(t->tls_terminators->lingering_closes, t->outer_fd, clock_ms());
	t->outer_fd = -1;
}

/* The loop ends: the socket pair and the socket's buffer are bounded, and nothing refills them
 * meanwhile. */
static void move(struct tls_terminator *t)
{
	bool moved;
	do {
		moved = read_outer(t);
		moved |= write_inner(t);
		moved |= read_inner(t);
		moved |= write_outer(t);
	} while (moved && !is_over(t));
	if (!is_over(t))
		return;
	if (!t->broken)
		close_outer(t);
	tls_terminator_destroy(&t);
}

static void on_outer(struct watch *w, uint32_t events)
{
	struct tls_terminator *t = container_of(w, struct tls_terminator, outer);
	/* The client ended its stream and reset the connection then; we no longer read, which would
	 * show it. */
	t->broken |= t->in.ended && events & (EPOLLHUP | EPOLLERR);
	move(t);
}

static void on_inner(struct watch *w, uint32_t events)
{
	struct tls_terminator *t = container_of(w, struct tls_terminator, inner);
	bool server_ended = events & (EPOLLRDHUP | EPOLLHUP);
	if (server_ended && !is_closing(t)) {
		t->deadline_ms = clock_ms() + t->tls_terminators->idle_ms;
		list_append(&t->tls_terminators->closing, &t->closing_link);
		atomic_fetch_add(t->tls_terminators->connections, 1);
	}
	move(t);
}

/* ## Life */

void tls_terminators_init(struct tls_terminators *t, struct loop *loop, int64_t idle_ms,
			  atomic_size_t *connections, struct lingering_closes *lingering_closes)
{
	t->connections = connections;
	t->lingering_closes = lingering_closes;
	t->loop = loop;
	t->idle_ms = idle_ms;
	list_init(&t->all);
	list_init(&t->closing);
}

void tls_terminators_finish(struct tls_terminators *t)
{
	while (!list_empty(&t->all)) {
		struct tls_terminator *gone =
		    container_of(t->all.next, struct tls_terminator, link);
		SSL_shutdown(gone->ssl);
		tls_terminator_destroy(&gone);
	}
}

static bool start(struct tls_terminator *t, struct certificate *certificate, int *ret_far)
{
	/* Every change on either side leads to a look at both. */
	static const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	int ends[2], send_buffer = SEND_BUFFER, on = 1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	t->inner_fd = ends[0];
	*ret_far = ends[1];
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	/* We write everything there is; waiting for more gains nothing. */
	setsockopt(t->outer_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	t->ssl = certificate_session(certificate, t->outer_fd);
	return t->ssl &&
	       loop_add(t->tls_terminators->loop, &t->inner, t->inner_fd, events, on_inner) &&
	       loop_add(t->tls_terminators->loop, &t->outer, t->outer_fd, events, on_outer);
}

int tls_terminator_open(struct tls_terminators *tls_terminators, struct certificate *certificate,
			int fd)
{
	struct tls_terminator *t = memory_new(struct tls_terminator);
	t->tls_terminators = tls_terminators;
	t->outer.fd = t->inner.fd = t->inner_fd = -1;
	t->outer_fd = fd;
	list_append(&tls_terminators->all, &t->link);
	list_init(&t->closing_link);
	int far = -1;
	if (start(t, certificate, &far))
		return far;
	if (far >= 0)
		close(far);
	tls_terminator_destroy(&t);
	return -1;
}

/* ## Time */

int64_t tls_terminators_due_ms(const struct tls_terminators *t)
{
	return list_empty(&t->closing)
		   ? -1
		   : container_of(t->closing.next, struct tls_terminator, closing_link)
			 ->deadline_ms;
}

void tls_terminators_work(struct tls_terminators *t, int64_t now_ms)
{
	while (!list_empty(&t->closing) && tls_terminators_due_ms(t) <= now_ms) {
		struct tls_terminator *late =
		    container_of(t->closing.next, struct tls_terminator, closing_link);
		tls_terminator_destroy(&late);
	}
}

bool tls_terminators_busy(const struct tls_terminators *t)
{
	list_each (link, &t->all) {
		const struct tls_terminator *one = container_of(link, struct tls_terminator, link);
		int waiting = 0;
		ioctl(one->inner_fd, FIONREAD, &waiting);
		if (waiting > 0 || one->out.at < one->out.len)
			return true;
	}
	return false;
}
