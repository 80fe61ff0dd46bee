#include "proxy/http/listener.h"

#include "base/memory.h"
#include "base/slice.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, ADDRESS_TEXT = 320 };

static struct listener *listener_create(size_t workers)
{
	struct listener *l = memory_new(struct listener);
	l->count = workers;
	l->fds = memory_zeroed(workers * sizeof *l->fds);
	for (size_t i = 0; i < workers; i++)
		l->fds[i] = -1;
	return l;
}

/* 0: there is no file. */
static unsigned long long inode_of(const char *path)
{
	struct stat s;
	return lstat(path, &s) == 0 ? s.st_ino : 0;
}

void listener_shut(struct listener *l)
{
	for (size_t i = 0; i < l->count; i++)
		shutdown(l->fds[i], SHUT_RDWR);
}

void listener_close(struct listener **l)
{
	struct listener *gone = take(l);
	if (!gone)
		return;
	/* While our socket is open no other file gets its inode. */
	if (gone->socket_path && inode_of(gone->socket_path) == gone->socket_inode)
		unlink(gone->socket_path);
	for (size_t i = 0; i < (gone->socket_path ? 1 : gone->count); i++)
		if (gone->fds[i] >= 0)
			close(gone->fds[i]);
	free(gone->socket_path);
	free(gone->address);
	free(gone->fds);
	free(gone);
}

/* ## TCP */

static int listen_tcp(const struct addrinfo *a, bool reuse_port)
{
	int one = 1;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (reuse_port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* With SO_REUSEPORT a second Reprise of the same user would share the port silently; so we first
 * see whether it is free for one that does not share. */
static bool port_is_free(const struct addrinfo *a)
{
	int fd = listen_tcp(a, false);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool open_tcp(struct listener *l, struct addrinfo *a, struct error_text *why)
{
	if (!port_is_free(a))
		return error_text_set(why, "%s", strerror(errno));
	for (size_t i = 0; i < l->count; i++) {
		l->fds[i] = listen_tcp(a, true);
		if (l->fds[i] < 0)
			return error_text_set(why, "%s", strerror(errno));
		/* Port 0: the first socket gets one, the others take the same. */
		socklen_t len = a->ai_addrlen;
		if (i == 0)
			getsockname(l->fds[0], a->ai_addr, &len);
	}
	char host[NI_MAXHOST], port[NI_MAXSERV], text[ADDRESS_TEXT + NI_MAXHOST];
	getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(text, sizeof text, a->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	l->address = memory_text(text);
	return true;
}

static bool resolve_and_open(struct listener *l, const char *address, struct error_text *why)
{
	const char *colon = strrchr(address, ':');
	if (!colon)
		return error_text_set(why, "not host:port, [v6]:port or unix:path");
	struct slice host = {address, (size_t)(colon - address)};
	if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		host = slice_make(host.at + 1, host.len - 2);
	char *name = memory_copy(host.at, host.len);
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int code = getaddrinfo(*name ? name : NULL, colon + 1, &hints, &found);
	free(name);
	if (code != 0)
		return error_text_set(why, "%s", gai_strerror(code));
	bool fine = open_tcp(l, found, why);
	freeaddrinfo(found);
	return fine;
}

/* ## Unix */

/* Only a refusal says so: a queue that is full, a socket of another kind or one that we may not
 * connect to is somebody's. */
static bool nobody_answers(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) < 0 &&
		       errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return refused;
}

/* A socket file that nobody answers on was left behind by a process that was killed. */
static bool remove_left_behind(const struct sockaddr_un *a)
{
	struct stat s;
	if (lstat(a->sun_path, &s) < 0)
		return true;
	if (!S_ISSOCK(s.st_mode)) {
		errno = EEXIST;
		return false;
	}
	if (!nobody_answers(a)) {
		errno = EADDRINUSE;
		return false;
	}
	return unlink(a->sun_path) == 0;
}

static bool open_unix(struct listener *l, const char *path, struct error_text *why)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof a.sun_path)
		return error_text_set(why, "the path is longer than %zu bytes",
				      sizeof a.sun_path - 1);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (!remove_left_behind(&a))
		return error_text_set(why, "%s", strerror(errno));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	for (size_t i = 0; i < l->count; i++)
		l->fds[i] = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, BACKLOG) < 0)
		return error_text_set(why, "%s", strerror(errno));
	l->socket_path = memory_text(path);
	l->socket_inode = inode_of(path);
	return true;
}

struct listener *listener_open(const char *address, size_t workers, struct error_text *why)
{
	struct listener *l = listener_create(workers);
	bool fine;
	if (slice_starts(slice_of(address), slice_of("unix:"))) {
		l->address = memory_text(address);
		fine = open_unix(l, address + strlen("unix:"), why);
		if (!fine && !l->socket_path)
			l->count = l->fds[0] >= 0 ? 1 : 0;
	} else {
		fine = resolve_and_open(l, address, why);
	}
	if (fine)
		return l;
	error_text_wrap(why, "%s", address);
	listener_close(&l);
	return NULL;
}
