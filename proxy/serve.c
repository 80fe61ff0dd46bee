#include "proxy/serve.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "cache/cache.h"
#include "config/options.h"
#include "proxy/admin/admin.h"
#include "proxy/http/tls/certificate.h"
#include "proxy/header/cors.h"
#include "proxy/descriptors.h"
#include "proxy/http/listener.h"
#include "proxy/observe/header_watch.h"
#include "proxy/request/api_keys.h"
#include "proxy/request/request.h"
#include "proxy/startup.h"
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

/* All parts of the running server. */
struct instance {
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
	struct listener *admin_listener; /* NULL: no admin listener */
	struct admin *admin;
	atomic_size_t connections;
	struct connection_limits *connection_limits;
	struct certificate *certificate; /* NULL: no TLS for clients */
	int signals;
};

/* ## Construction. Destruction, below, is in the reverse order. */

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

/* The headroom (base/budget.h) is for small allocations and for the one large job that may go
 * ahead. It is a quarter of the memory, or the largest body and a little more if that is larger, so
 * that this job can finish; but at most three quarters. */
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

/* Puts the place where the option is set in front of the error. */
static bool refuse_address(const struct config *c, const char *path, struct error_text *why)
{
	char place[OPTION_PLACE];
	return error_text_wrap(why, "%s", option_place(c, option_find(path), place));
}

static bool open_listeners(struct instance *in, struct error_text *why)
{
	const struct config_list *list = &in->config->listen;
	in->listeners = memory_zeroed((list->count + 1) * sizeof(struct listener *));
	for (size_t i = 0; i < list->count; i++) {
		in->listeners[i] = listener_open(list->items[i], in->worker_count, why);
		if (!in->listeners[i])
			return refuse_address(in->config, "listen", why);
	}
	return true;
}

static struct worker *open_worker(struct instance *in, size_t index, struct error_text *why)
{
	size_t count = in->config->listen.count;
	int *fds = memory_zeroed(count * sizeof(int));
	bool *shared = memory_zeroed(count * sizeof(bool));
	for (size_t i = 0; i < count; i++) {
		fds[i] = in->listeners[i]->fds[index];
		shared[i] = in->listeners[i]->socket_path != NULL;
	}
	struct worker *w = worker_create(
	    &(struct worker_options){
		.config = in->config,
		.cache = in->cache,
		.budget = in->budget,
		.helpers = in->helpers,
		.api_keys = in->api_keys,
		.headers = in->headers,
		.findings = in->findings,
		.cors = in->cors,
		.usage_refusals = in->usage_refusals,
		.upstream = in->upstream,
		.server = {.handler = &request_handler,
			   .listen_fds = fds,
			   .shared = shared,
			   .listen_count = count,
			   .connections = &in->connections,
			   .certificate = in->certificate,
			   .connection_limits = in->connection_limits},
		.workers = (unsigned)in->worker_count,
		.sweeps = index == 0,
	    },
	    why);
	free(fds);
	free(shared);
	return w;
}

static bool open_workers(struct instance *in, struct error_text *why)
{
	in->workers = memory_zeroed(in->worker_count * sizeof(struct worker *));
	for (size_t i = 0; i < in->worker_count; i++) {
		in->workers[i] = open_worker(in, i, why);
		if (!in->workers[i])
			return false;
	}
	return true;
}

/* Called in the admin thread, which ends before the workers are destroyed. */
static void collect_figures(void *context, struct figures *ret)
{
	const struct instance *in = context;
	for (size_t i = 0; i < in->worker_count; i++)
		metrics_add(&ret->counted, worker_metrics(in->workers[i]));
	struct transfer_limit_figures limit = transfer_limit_figures(in->upstream->limit);
	ret->cache = cache_figures(in->cache);
	ret->budget = budget_figures(in->budget);
	ret->findings = in->findings;
	ret->memory_limit = in->config->cache.memory;
	ret->workers = in->worker_count;
	ret->connections = atomic_load(&in->connections);
	ret->transfers = limit.held;
	ret->waiting = limit.waiting;
}

static bool open_admin(struct instance *in, struct error_text *why)
{
	const char *address = in->config->admin.listen;
	if (!*address)
		return true;
	in->admin_listener = listener_open(address, 1, why);
	if (in->admin_listener)
		in->admin =
		    admin_start(&(struct admin_options){.listen_fd = in->admin_listener->fds[0],
							.figures = collect_figures,
							.context = in},
				why);
	return in->admin || refuse_address(in->config, "admin.listen", why);
}

/* Runs before any thread is created, so that all threads inherit the blocked signals. */
static bool open_signals(struct instance *in, struct error_text *why)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1); /* a worker has ended */
	signal(SIGPIPE, SIG_IGN);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	in->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return in->signals >= 0 || error_text_set(why, "too few file descriptors");
}

static bool open_descriptors(struct instance *in, struct error_text *why)
{
	struct error_text note;
	if (!descriptors_fit(in->config, in->worker_count, &note, why))
		return false;
	if (*note.text)
		log_warn("%s", note.text);
	return descriptors_raise(in->config, in->worker_count, why);
}

static bool open_upstream(struct instance *in, struct error_text *why)
{
	struct error_text note;
	in->upstream = startup_upstream(in->config, why);
	if (in->upstream && startup_notes_url(in->config, in->upstream, &note))
		log_info("%s", note.text);
	return in->upstream != NULL;
}

static bool has_secrets(const struct config *c)
{
	const struct config_upstream *u = &c->upstreams.items[0];
	return c->auth.keys.count > 0 || u->api_key || strchr(u->url, '@') || *c->tls.key;
}

static bool instance_open(struct instance *in, struct error_text *why)
{
	in->worker_count = startup_workers(in->config);
	if (!open_descriptors(in, why) || !open_signals(in, why) || !open_upstream(in, why) ||
	    !startup_certificate(in->config, &in->certificate, why))
		return false;
	in->budget = open_budget(in->config);
	in->cache = open_cache(in->config, in->budget);
	in->headers = open_headers(in->config);
	in->findings = findings_create();
	in->connection_limits = connection_limits_create();
	in->cors = cors_create();
	in->usage_refusals = usage_refusals_create();
	in->api_keys = api_keys_create(&in->config->auth.keys);
	config_forget_keys(in->config);
	in->helpers = thread_pool_create(in->budget, why);
	return in->helpers && open_listeners(in, why) && open_workers(in, why) &&
	       open_admin(in, why);
}

static void stop_listening(struct instance *in)
{
	for (size_t i = 0; in->listeners && in->listeners[i]; i++)
		listener_shut(in->listeners[i]);
}

static void stop_workers(struct instance *in, int64_t limit_ms)
{
	for (size_t i = 0; in->workers && i < in->worker_count; i++)
		if (in->workers[i])
			worker_stop(in->workers[i], limit_ms);
}

static void instance_close(struct instance *in)
{
	admin_stop(&in->admin);
	listener_close(&in->admin_listener);
	for (size_t i = 0; in->workers && i < in->worker_count; i++)
		if (in->workers[i])
			worker_join(in->workers[i]);
	for (size_t i = 0; in->workers && i < in->worker_count; i++)
		worker_destroy(&in->workers[i]);
	ensure(atomic_load(&in->connections) == 0);
	for (size_t i = 0; in->listeners && in->listeners[i]; i++)
		listener_close(&in->listeners[i]);
	connection_limits_destroy(&in->connection_limits);
	certificate_destroy(&in->certificate);
	api_keys_destroy(&in->api_keys);
	thread_pool_destroy(&in->helpers);
	findings_destroy(&in->findings);
	header_table_destroy(&in->headers);
	cors_destroy(&in->cors);
	usage_refusals_destroy(&in->usage_refusals);
	cache_destroy(&in->cache);
	budget_destroy(&in->budget);
	upstream_destroy(&in->upstream);
	if (in->signals >= 0)
		close(in->signals);
	free(in->workers);
	free(in->listeners);
}

/* ## Running */

static int next_signal(const struct instance *in)
{
	struct signalfd_siginfo info;
	ssize_t got = read(in->signals, &info, sizeof info);
	return got == sizeof info ? (int)info.ssi_signo : 0;
}

/* On failure, as with a half-written file, keeps the current certificate until the next SIGHUP. */
static void reload(const struct instance *in)
{
	struct error_text why = {{0}};
	if (!in->certificate)
		log_info("nothing to reload");
	else if (certificate_reload(in->certificate, &why))
		log_info("reloaded certificate=%s", in->config->tls.cert);
	else
		log_error("reload: %s, keeping the current certificate", why.text);
}

static void wait_for_signal(const struct instance *in)
{
	int got;
	do {
		got = next_signal(in);
		if (got == SIGHUP)
			reload(in);
	} while (got != SIGTERM && got != SIGINT);
	log_info("stopping signal=%s", got == SIGTERM ? "TERM" : "INT");
}

/* Each worker sends SIGUSR1 to the process when it ends; a second TERM or INT ends all at once.
 * Signals of one kind may be merged, so this counts the workers, not the signals. */
static void wait_for_workers(struct instance *in)
{
	for (;;) {
		size_t running = 0;
		for (size_t i = 0; i < in->worker_count; i++)
			running += worker_running(in->workers[i]);
		if (running == 0)
			return;
		int got = next_signal(in);
		if (got == SIGTERM || got == SIGINT)
			stop_workers(in, 0);
	}
}

static void log_addresses(const struct instance *in)
{
	if (in->admin)
		log_info("listening admin=%s", in->admin_listener->address);
	for (size_t i = 0; in->listeners[i]; i++)
		log_info("listening address=%s", in->listeners[i]->address);
	log_info("serving workers=%zu upstream=%s%s cache_memory=%zu", in->worker_count,
		 in->upstream->socket_path ? "unix:" : "",
		 in->upstream->socket_path ? in->upstream->socket_path : in->upstream->origin,
		 in->config->cache.memory);
}

int serve(struct config *config)
{
	struct instance in = {.config = config, .signals = -1};
	struct error_text why = {{0}};
	log_setup(config->log.level, config->log.format);
	if (geteuid() == 0)
		log_warn("running as root, which is not needed: run it as a user of its own");
	if (has_secrets(config))
		memory_hide();
	memory_return_large();
	upstream_library_begin();
	bool open = instance_open(&in, &why);
	if (open) {
		log_addresses(&in);
		wait_for_signal(&in);
	} else {
		log_error("cannot start: %s", why.text);
	}
	if (in.admin)
		admin_drain(in.admin);
	stop_listening(&in);
	stop_workers(&in, open ? config->shutdown_grace_ms : 0);
	if (open)
		wait_for_workers(&in);
	instance_close(&in);
	if (open)
		log_info("stopped");
	upstream_library_end();
	return open ? 0 : 1;
}
