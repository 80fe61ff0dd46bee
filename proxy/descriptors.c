#include "proxy/descriptors.h"

#include "proxy/http/lingering_close.h"

#include <sys/resource.h>

/* Beside connections: those that are on their way out, the loops, epoll sets and mailboxes of the
 * workers, sockets to listen on, the resolver's, the admin's, files. */
enum { PER_WORKER = 16 + LINGERING_CLOSES_MOST, BESIDE = 64 };

/* The client's socket and the pair behind it. */
enum { OF_TUNNELLED = 3 };

static rlim_t needed(const struct config *c, size_t workers)
{
	return (rlim_t)c->limits.connections * (*c->tls.cert ? OF_TUNNELLED : 1) +
	       (rlim_t)c->upstream.max_connections * 2 + BESIDE +
	       workers * (PER_WORKER + c->listen.count + 1);
}

bool descriptors_raise(const struct config *c, size_t workers, struct error_text *why)
{
	rlim_t need = needed(c, workers);
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= need)
		return true;
	if (limit.rlim_max < need)
		return error_text_set(
		    why,
		    "limits.connections %lld and upstream.max_connections %lld need %llu "
		    "file descriptors, but this process may open only %llu (ulimit -Hn)",
		    (long long)c->limits.connections, (long long)c->upstream.max_connections,
		    (unsigned long long)need, (unsigned long long)limit.rlim_max);
	limit.rlim_cur = need;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ||
	       error_text_set(why, "the limit of file descriptors could not be raised");
}
