#include "proxy/serve.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "cache/cache.h"
#include "proxy/admin/admin.h"
#include "proxy/http/tls/certificate.h"
#include "proxy/header/cors.h"
#include "proxy/descriptors.h"
#include "proxy/http/listener.h"
#include "proxy/observe/header_watch.h"
#include "proxy/request/api_keys.h"
#include "proxy/request/request.h"
#include "proxy/thread_pool.h"
#include "proxy/upstream/usage_refusals.h"
#include "proxy/worker.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LOG_MODULE "serve"
#include "base/log.h"

struct house {
	struct config *config;
	size_t worker_count;
	struct budget *budget; /* limits.memory */
	struct thread_pool *helpers;
	struct cache *cache;
	struct api_keys *api_keys;
	struct header_table *headers;
	struct findings *findings;
	struct cors *cors;
	struct usage_refusals *usage_refusals;
	struct upstream *upstream;
	struct listener **listeners;
	struct worker **workers;
	struct listener *admin_listener; /* NULL: there is no admin */
	struct admin *admin;
	atomic_size_t connections;
	struct connection_limits *connection_limits;
	struct certificate *certificate; /* NULL: no TLS for clients */
	int signals;
};

/* ## Construction, in order; destruction below, in the reverse order */

static struct upstream *open_upstream(const struct config *c, struct error_text *why)
{
	const struct config_upstream *u = &c->upstreams.items[0];
	struct upstream *got = upstream_create(
	    &(struct upstream_options){
		.name = u->name,
		.url = u->url,
		.api_key = u->api_key,
		.ca_file = c->upstream.ca_file,
		.verify = c->upstream.verify,
		.connect_timeout_ms = c->upstream.connect_timeout_ms,
		.max_connections = (unsigned)c->upstream.max_connections,
	    },
	    why);
	if (!got)
		error_text_wrap(why, "upstreams[0].url");
	return got;
}

static bool open_certificate(struct house *h, struct error_text *why)
{
	const struct config *c = h->config;
	if (!*c->tls.cert)
		return true;
	h->certificate = certificate_create(c->tls.cert, c->tls.key, why);
	return h->certificate != NULL;
}

static_assert((int)CONFIG_ABANDON_CANCEL == (int)CACHE_ABANDON_CANCEL, "one order");
static_assert((int)CONFIG_ABANDON_FINISH == (int)CACHE_ABANDON_FINISH, "one order");
static_assert((int)CONFIG_ABANDON_FINISH_REPEATED == (int)CACHE_ABANDON_FINISH_REPEATED,
	      "one order");

static struct cache *open_cache(const struct config *c, struct budget *budget)
{
	return cache_create(&(struct cache_options){
	    .memory_bytes = c->cache.memory,
	    .entries = c->cache.entries,
	    .max_entry_bytes = c->cache.max_entry,
	    .ttl_jitter = c->cache.ttl_jitter,
	    .budget = budget,
	    .on_abandon = (enum cache_abandon)c->cache.on_abandon,
	});
}

/* What is large leaves a quarter to what is small and to the one that goes ahead. That has to get
 * to its end beside what workers have to spare, and small things beside it: so if the largest body
 * and some more is more than a quarter, it is that, but never all. */
static struct budget *open_budget(const struct config *c)
{
	size_t memory = c->limits.memory;
	size_t ahead = c->limits.body + c->limits.body / 4 + (1 << 20);
	size_t headroom = ahead > memory / 4 ? ahead : memory / 4;
	return budget_create(memory, headroom < memory / 4 * 3 ? headroom : memory / 4 * 3);
}

static struct header_table *open_headers(const struct config *c)
{
	return header_table_create(&(struct header_table_options){
	    .ignore = &c->cache.ignore_headers,
	    .forwarded = c->upstream.forwarded == CONFIG_FORWARDED_ON,
	    .compat = c->compat.headers,
	});
}

static bool open_listeners(struct house *h, struct error_text *why)
{
	const struct config_list *list = &h->config->listen;
	h->listeners = memory_zeroed((list->count + 1) * sizeof(struct listener *));
	for (size_t i = 0; i < list->count; i++) {
		h->listeners[i] = listener_open(list->items[i], h->worker_count, why);
		if (!h->listeners[i])
			return error_text_wrap(why, "listen");
	}
	return true;
}

static struct worker *open_worker(struct house *h, size_t index, struct error_text *why)
{
	size_t count = h->config->listen.count;
	int *fds = memory_zeroed(count * sizeof(int));
	bool *shared = memory_zeroed(count * sizeof(bool));
	for (size_t i = 0; i < count; i++) {
		fds[i] = h->listeners[i]->fds[index];
		shared[i] = h->listeners[i]->socket_path != NULL;
	}
	struct worker *w = worker_create(
	    &(struct worker_options){
		.config = h->config,
		.cache = h->cache,
		.budget = h->budget,
		.helpers = h->helpers,
		.api_keys = h->api_keys,
		.headers = h->headers,
		.findings = h->findings,
		.cors = h->cors,
		.usage_refusals = h->usage_refusals,
		.upstream = h->upstream,
		.server = {.handler = &request_handler,
			   .listen_fds = fds,
			   .shared = shared,
			   .listen_count = count,
			   .connections = &h->connections,
			   .certificate = h->certificate,
			   .connection_limits = h->connection_limits},
		.workers = (unsigned)h->worker_count,
		.sweeps = index == 0,
	    },
	    why);
	free(fds);
	free(shared);
	return w;
}

static bool open_workers(struct house *h, struct error_text *why)
{
	h->workers = memory_zeroed(h->worker_count * sizeof(struct worker *));
	for (size_t i = 0; i < h->worker_count; i++) {
		h->workers[i] = open_worker(h, i, why);
		if (!h->workers[i])
			return false;
	}
	return true;
}

/* In the admin's thread, while all workers are there. */
static void gather(void *context, struct figures *ret)
{
	const struct house *h = context;
	for (size_t i = 0; i < h->worker_count; i++)
		metrics_add(&ret->counted, worker_metrics(h->workers[i]));
	struct transfer_limit_figures limit = transfer_limit_figures(h->upstream->limit);
	ret->cache = cache_figures(h->cache);
	ret->budget = budget_figures(h->budget);
	ret->findings = h->findings;
	ret->memory_limit = h->config->cache.memory;
	ret->workers = h->worker_count;
	ret->connections = atomic_load(&h->connections);
	ret->transfers = limit.held;
	ret->waiting = limit.waiting;
}

static bool open_admin(struct house *h, struct error_text *why)
{
	const char *address = h->config->admin.listen;
	if (!*address)
		return true;
	h->admin_listener = listener_open(address, 1, why);
	if (h->admin_listener)
		h->admin = admin_start(
		    &(struct admin_options){
			.listen_fd = h->admin_listener->fds[0], .figures = gather, .context = h},
		    why);
	return h->admin || error_text_wrap(why, "admin.listen");
}

/* Before any thread, so that all of them have these signals blocked. */
static bool open_signals(struct house *h, struct error_text *why)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1); /* a worker's end */
	signal(SIGPIPE, SIG_IGN);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	h->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return h->signals >= 0 || error_text_set(why, "too few file descriptors");
}

static bool has_secrets(const struct config *c)
{
	const struct config_upstream *u = &c->upstreams.items[0];
	return c->auth.keys.count > 0 || u->api_key || strchr(u->url, '@') || *c->tls.key;
}

static bool house_open(struct house *h, struct error_text *why)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	h->worker_count = h->config->workers > 0 ? (size_t)h->config->workers
			  : cores > 0		 ? (size_t)cores
						 : 1;
	if (!descriptors_raise(h->config, h->worker_count, why) || !open_signals(h, why))
		return false;
	h->upstream = open_upstream(h->config, why);
	if (!h->upstream)
		return false;
	if (!open_certificate(h, why))
		return false;
	h->budget = open_budget(h->config);
	h->cache = open_cache(h->config, h->budget);
	h->headers = open_headers(h->config);
	h->findings = findings_create();
	h->connection_limits = connection_limits_create();
	h->cors = cors_create();
	h->usage_refusals = usage_refusals_create();
	h->api_keys = api_keys_create(&h->config->auth.keys);
	config_forget_keys(h->config);
	h->helpers = thread_pool_create(h->budget, why);
	return h->helpers && open_listeners(h, why) && open_workers(h, why) && open_admin(h, why);
}

static void stop_listening(struct house *h)
{
	for (size_t i = 0; h->listeners && h->listeners[i]; i++)
		listener_shut(h->listeners[i]);
}

static void stop_workers(struct house *h, int64_t limit_ms)
{
	for (size_t i = 0; h->workers && i < h->worker_count; i++)
		if (h->workers[i])
			worker_stop(h->workers[i], limit_ms);
}

static void house_close(struct house *h)
{
	admin_stop(&h->admin);
	listener_close(&h->admin_listener);
	for (size_t i = 0; h->workers && i < h->worker_count; i++)
		if (h->workers[i])
			worker_join(h->workers[i]);
	for (size_t i = 0; h->workers && i < h->worker_count; i++)
		worker_destroy(&h->workers[i]);
	ensure(atomic_load(&h->connections) == 0);
	for (size_t i = 0; h->listeners && h->listeners[i]; i++)
		listener_close(&h->listeners[i]);
	connection_limits_destroy(&h->connection_limits);
	certificate_destroy(&h->certificate);
	api_keys_destroy(&h->api_keys);
	thread_pool_destroy(&h->helpers);
	findings_destroy(&h->findings);
	header_table_destroy(&h->headers);
	cors_destroy(&h->cors);
	usage_refusals_destroy(&h->usage_refusals);
	cache_destroy(&h->cache);
	budget_destroy(&h->budget);
	upstream_destroy(&h->upstream);
	if (h->signals >= 0)
		close(h->signals);
	free(h->workers);
	free(h->listeners);
}

/* ## Running */

static int next_signal(const struct house *h)
{
	struct signalfd_siginfo info;
	ssize_t got = read(h->signals, &info, sizeof info);
	return got == sizeof info ? (int)info.ssi_signo : 0;
}

/* The files may be half written: then all stays as it is, until the next time. */
static void reload(const struct house *h)
{
	struct error_text why = {{0}};
	if (!h->certificate)
		log_info("nothing to reload");
	else if (certificate_reload(h->certificate, &why))
		log_info("reloaded certificate=%s", h->config->tls.cert);
	else
		log_error("reload: %s, keeping the certificate that there is", why.text);
}

static void wait_for_signal(const struct house *h)
{
	int got;
	do {
		got = next_signal(h);
		if (got == SIGHUP)
			reload(h);
	} while (got != SIGTERM && got != SIGINT);
	log_info("stopping signal=%s", got == SIGTERM ? "TERM" : "INT");
}

/* Each worker ends with SIGUSR1 to the process; a second TERM or INT ends all at once. Signals of
 * one kind may fall together, so the workers are counted, not the signals. */
static void wait_for_workers(struct house *h)
{
	for (;;) {
		size_t running = 0;
		for (size_t i = 0; i < h->worker_count; i++)
			running += worker_running(h->workers[i]);
		if (running == 0)
			return;
		int got = next_signal(h);
		if (got == SIGTERM || got == SIGINT)
			stop_workers(h, 0);
	}
}

static void announce(const struct house *h)
{
	if (h->admin)
		log_info("listening admin=%s", h->admin_listener->address);
	for (size_t i = 0; h->listeners[i]; i++)
		log_info("listening address=%s", h->listeners[i]->address);
	log_info("serving workers=%zu upstream=%s%s cache_memory=%zu", h->worker_count,
		 h->upstream->socket_path ? "unix:" : "",
		 h->upstream->socket_path ? h->upstream->socket_path : h->upstream->origin,
		 h->config->cache.memory);
}

int serve(struct config *config)
{
	struct house h = {.config = config, .signals = -1};
	struct error_text why = {{0}};
	log_setup(config->log.level, config->log.format);
	if (geteuid() == 0)
		log_warn("running as root, which nothing here needs: give it a user of its own");
	if (has_secrets(config))
		memory_hide();
	memory_return_large();
	upstream_library_begin();
	bool open = house_open(&h, &why);
	if (open) {
		announce(&h);
		wait_for_signal(&h);
	} else {
		log_error("cannot start: %s", why.text);
	}
	if (h.admin)
		admin_drain(h.admin);
	stop_listening(&h);
	stop_workers(&h, open ? config->shutdown_grace_ms : 0);
	if (open)
		wait_for_workers(&h);
	house_close(&h);
	if (open)
		log_info("stopped");
	upstream_library_end();
	return open ? 0 : 1;
}
