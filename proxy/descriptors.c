#include "proxy/descriptors.h"

#include "config/options.h"
#include "proxy/http/lingering_close.h"

#include <stdio.h>
#include <sys/resource.h>

/* Beside connections: those that are on their way out, the loops, epoll sets and mailboxes of the
 * workers, sockets to listen on, the resolver's, the admin's, files. */
enum { PER_WORKER = 16 + LINGERING_CLOSES_MOST, BESIDE = 64 };

/* The client's socket and the pair behind it. */
enum { OF_TUNNELLED = 3, OF_UPSTREAM = 2 };

/* For connections: lower() leaves a quarter of it to the model server, which needs one. */
enum { LEAST_LEFT = 4 * OF_UPSTREAM };

static rlim_t per_client(const struct config *c)
{
	return *c->tls.cert ? OF_TUNNELLED : 1;
}

static rlim_t needed_beside(const struct config *c, size_t workers)
{
	return BESIDE + workers * (PER_WORKER + c->listen.count + 1);
}

static rlim_t needed(const struct config *c, size_t workers)
{
	return (rlim_t)c->limits.connections * per_client(c) +
	       (rlim_t)c->upstream.max_connections * OF_UPSTREAM + needed_beside(c, workers);
}

static rlim_t hard_limit(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max;
}

static bool is_default(const struct config *c, const char *path)
{
	return option_is_default(c, option_find(path));
}

/* Lowers what nobody set: the model server's connections to a quarter of what there is, if they
 * would take more than half, and the clients' to the rest. */
static void lower(struct config *c, size_t workers, rlim_t hard)
{
	rlim_t beside = needed_beside(c, workers);
	rlim_t left = hard > beside ? hard - beside : 0;
	rlim_t upstream = (rlim_t)c->upstream.max_connections * OF_UPSTREAM;
	if (is_default(c, "upstream.max_connections") && upstream > left / 2) {
		upstream = left / 4;
		c->upstream.max_connections = (int)(upstream / OF_UPSTREAM);
	}
	rlim_t most = left > upstream ? (left - upstream) / per_client(c) : 0;
	if (is_default(c, "limits.connections") && (rlim_t)c->limits.connections > most)
		c->limits.connections = (int)most;
}

/* Says so of what somebody set, or, where even the least does not fit, of the limit alone. */
static bool refuse(const struct config *c, size_t workers, rlim_t hard, struct error_text *why)
{
	const char *path = !is_default(c, "limits.connections")		? "limits.connections"
			   : !is_default(c, "upstream.max_connections") ? "upstream.max_connections"
			   : !is_default(c, "workers")			? "workers"
									: NULL;
	if (!path)
		return error_text_set(why,
				      "this process may open only %llu file descriptors (ulimit "
				      "-Hn), and needs at least %llu",
				      (unsigned long long)hard,
				      (unsigned long long)needed_beside(c, workers) + LEAST_LEFT);
	error_text_set(why,
		       "%d connections of clients%s, %d to the model server and %zu workers need "
		       "%llu file descriptors, but this process may open only %llu (ulimit -Hn)",
		       c->limits.connections, *c->tls.cert ? " with TLS" : "",
		       c->upstream.max_connections, workers, (unsigned long long)needed(c, workers),
		       (unsigned long long)hard);
	char place[OPTION_PLACE];
	return error_text_wrap(why, "%s", option_place(c, option_find(path), place));
}

/* clients, upstream: what they were. */
static void put_note(const struct config *c, int clients, int upstream, struct error_text *ret_note)
{
	char first[80] = "", second[80] = "";
	if (c->limits.connections < clients)
		snprintf(first, sizeof first, "limits.connections is %d instead of %d",
			 c->limits.connections, clients);
	if (c->upstream.max_connections < upstream)
		snprintf(second, sizeof second, "upstream.max_connections is %d instead of %d",
			 c->upstream.max_connections, upstream);
	error_text_set(
	    ret_note, "%s%s%s, since this process may open only %llu file descriptors (ulimit -Hn)",
	    first, *first && *second ? " and " : "", second, (unsigned long long)hard_limit());
}

bool descriptors_fit(struct config *c, size_t workers, struct error_text *ret_note,
		     struct error_text *why)
{
	rlim_t hard = hard_limit();
	int clients = c->limits.connections, upstream = c->upstream.max_connections;
	error_text_set(ret_note, "%s", "");
	if (needed(c, workers) <= hard)
		return true;
	lower(c, workers, hard);
	if (c->limits.connections < 1 || c->upstream.max_connections < 1 ||
	    needed(c, workers) > hard) {
		c->limits.connections = clients;
		c->upstream.max_connections = upstream;
		return refuse(c, workers, hard, why);
	}
	put_note(c, clients, upstream, ret_note);
	return true;
}

bool descriptors_raise(const struct config *c, size_t workers, struct error_text *why)
{
	rlim_t need = needed(c, workers);
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= need)
		return true;
	limit.rlim_cur = need;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ||
	       error_text_set(why, "the limit of file descriptors could not be raised");
}
