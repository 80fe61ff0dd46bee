#include "proxy/worker.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "cache/cache.h"
#include "cache/key/canonical.h"
#include "proxy/header/cors.h"
#include "proxy/observe/header_watch.h"
#include "proxy/request/api_keys.h"
#include "proxy/request/embeddings/batch_fetch.h"
#include "proxy/request/request.h"
#include "proxy/thread_pool.h"
#include "proxy/upstream/fetch.h"
#include "proxy/upstream/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* How often the timeouts of fetches and of waits for memory are checked. */
enum { TICK_MS = 100 };

/* Expired entries: so many entries are examined every second, so that a store of millions is swept
 * in minutes and no turn takes long. */
enum { SWEEP_MS = 1000, SWEPT = 20000 };

/* How many turns a worker that ends takes at most to drop its requests: the first wakes them, the
 * next ones let libmicrohttpd write and close. Needing more is a bug, which the check behind the
 * loop reports. */
enum { LAST_TURNS = 1000 };

/* A canonical form is at most this many times as long as its body (short members, each preceded by
 * its length and type). */
enum { FORM_PER_BYTE = 16 };

struct worker {
	struct context context;
	struct server *server;
	struct watch mail;
	struct message stop;
	atomic_llong stop_limit_ms; /* set by worker_stop; any thread */
	pthread_t thread;
	bool started;
	atomic_bool running;
	bool sweeps;
	/* owned by the thread */
	bool stopping;
	int64_t stop_due_ms;
	int64_t next_tick_ms;
	int64_t next_sweep_ms;
};

static void on_mail(struct watch *w, uint32_t events)
{
	/* Each turn delivers the mailbox anyway. */
}

static void on_stop(struct message *message)
{
	struct worker *w = container_of(message, struct worker, stop);
	w->stopping = true;
	w->stop_due_ms = clock_ms() + atomic_load(&w->stop_limit_ms);
	server_drain(w->server);
}

static bool has_work(const struct worker *w)
{
	return !list_empty(&w->context.requests) || !list_empty(&w->context.fetches) ||
	       !list_empty(&w->context.batch_fetches);
}

static bool has_clients_to_serve(const struct worker *w)
{
	return has_work(w) || server_busy(w->server);
}

static int64_t until(int64_t due_ms, int64_t now_ms)
{
	return due_ms > now_ms ? due_ms - now_ms : 0;
}

static int sleep_ms(struct worker *w, int64_t now_ms)
{
	if (mailbox_waiting(w->context.mailbox))
		return 0;
	int64_t ms = clock_sooner(server_timeout_ms(w->server, now_ms),
				  pool_timeout_ms(w->context.pool, now_ms));
	if (!list_empty(&w->context.fetches) || memory_quota_is_awaited(&w->context.quota))
		ms = clock_sooner(ms, until(w->next_tick_ms, now_ms));
	if (w->stopping)
		ms = clock_sooner(ms, until(w->stop_due_ms, now_ms));
	if (w->sweeps)
		ms = clock_sooner(ms, until(w->next_sweep_ms, now_ms));
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

static void tick(struct worker *w, int64_t now_ms)
{
	if (now_ms >= w->next_tick_ms) {
		fetch_tick_all(&w->context, now_ms);
		memory_quota_tick(&w->context.quota, now_ms);
		w->next_tick_ms = now_ms + TICK_MS;
	}
	if (w->sweeps && now_ms >= w->next_sweep_ms) {
		cache_sweep(w->context.cache, SWEPT, now_ms);
		w->next_sweep_ms = now_ms + SWEEP_MS;
	}
}

static void turn(struct worker *w)
{
	loop_turn(w->context.loop, sleep_ms(w, clock_ms()));
	int64_t now_ms = clock_ms();
	pool_work(w->context.pool, now_ms);
	mailbox_deliver(w->context.mailbox);
	tick(w, now_ms);
	server_work(w->server, now_ms);
	access_log_flush(&w->context.access);
	metrics_turn(&w->context.metrics, clock_us() - loop_woke_us(w->context.loop));
}

/* The time to stop is over: fails and drops all requests until no connection sleeps, since
 * libmicrohttpd aborts the process if it is stopped with a suspended connection. */
static void drop_rest(struct worker *w)
{
	fetch_fail_all(&w->context, FAILURE_SHUTDOWN);
	request_drop_all(&w->context);
	turn(w);
}

static void *run(void *context)
{
	struct worker *w = context;
	mailbox_adopt(w->context.mailbox);
	while (!w->stopping || (has_clients_to_serve(w) && clock_ms() < w->stop_due_ms))
		turn(w);
	for (int i = 0; has_work(w) && i < LAST_TURNS; i++)
		drop_rest(w);
	server_destroy(&w->server);
	ensure(list_empty(&w->context.requests));
	fetch_fail_all(&w->context, FAILURE_SHUTDOWN);
	batch_fetch_fail_all(&w->context, FAILURE_SHUTDOWN);
	thread_pool_drain(&w->context);
	atomic_store(&w->running, false);
	kill(getpid(), SIGUSR1);
	return NULL;
}

static void context_finish(struct context *c)
{
	pool_destroy(&c->pool);
	memory_quota_finish(&c->quota);
	mailbox_destroy(&c->mailbox);
	loop_destroy(&c->loop);
	hasher_destroy(&c->hasher);
	canonical_destroy(&c->canonical);
	access_log_finish(&c->access);
	header_watch_destroy(&c->watch);
	buf_finish(&c->form);
	buf_finish(&c->scope);
	free(c->spare_request);
}

/* Each worker keeps idle connections, together no more than configured, but at least one each. */
static unsigned kept_connections(const struct worker_options *o)
{
	unsigned share = o->upstream->max_connections / o->workers;
	return share ? share : 1;
}

static bool context_init(struct context *c, const struct worker_options *o)
{
	c->config = o->config;
	c->cache = o->cache;
	c->api_keys = o->api_keys;
	c->helpers = o->helpers;
	c->headers = o->headers;
	c->watch = header_watch_create(&(struct header_watch_options){
	    .findings = o->findings,
	    .ignored_cookies = &o->config->cache.ignore_cookies,
	    .forwarded = o->config->upstream.forwarded == CONFIG_FORWARDED_ON,
	});
	c->cors = o->cors;
	c->usage_refusals = o->usage_refusals;
	list_init(&c->fetches);
	list_init(&c->requests);
	list_init(&c->batch_fetches);
	access_log_init(&c->access, o->config->log.access);
	c->form = buf_make(o->config->limits.body * FORM_PER_BYTE + (1 << 16));
	c->scope = buf_make(o->config->limits.headers * 4 + (1 << 16));
	c->hasher = hasher_create();
	c->canonical = canonical_create();
	c->loop = loop_create();
	c->mailbox = mailbox_create();
	if (!c->loop || !c->mailbox)
		return false;
	memory_quota_init(&c->quota, o->budget, c->mailbox);
	c->pool = pool_create(c->loop, o->upstream, kept_connections(o));
	return c->pool != NULL;
}

static bool start(struct worker *w, const struct worker_options *options, struct error_text *why)
{
	if (!context_init(&w->context, options) ||
	    !loop_add(w->context.loop, &w->mail, mailbox_fd(w->context.mailbox), EPOLLIN, on_mail))
		return error_text_set(why, "too few file descriptors");
	w->server = server_create(&w->context, &options->server, why);
	if (!w->server)
		return false;
	atomic_store(&w->running, true);
	w->started = pthread_create(&w->thread, NULL, run, w) == 0;
	return w->started || error_text_set(why, "no thread could be started");
}

struct worker *worker_create(const struct worker_options *options, struct error_text *why)
{
	struct worker *w = memory_new(struct worker);
	w->sweeps = options->sweeps;
	w->mail.fd = -1;
	message_init(&w->stop, on_stop);
	if (start(w, options, why))
		return w;
	worker_destroy(&w);
	return NULL;
}

void worker_stop(struct worker *w, int64_t limit_ms)
{
	atomic_store(&w->stop_limit_ms, limit_ms);
	mailbox_post(w->context.mailbox, &w->stop);
}

bool worker_running(struct worker *w)
{
	return atomic_load(&w->running);
}

void worker_join(struct worker *w)
{
	if (w->started)
		pthread_join(w->thread, NULL);
	w->started = false;
}

const struct metrics *worker_metrics(const struct worker *w)
{
	return &w->context.metrics;
}

void worker_destroy(struct worker **w)
{
	struct worker *gone = take(w);
	if (!gone)
		return;
	ensure(!gone->started);
	server_destroy(&gone->server);
	context_finish(&gone->context);
	free(gone);
}
