#include "proxy/admin/metrics_page.h"

#include <inttypes.h>
#include <stdio.h>

/* The page being written; after the first text that does not fit nothing more is written. */
struct page {
	struct buf *out;
	bool fits;
};

static void family(struct page *p, const char *name, const char *type, const char *help)
{
	p->fits = p->fits && buf_printf(p->out, "# HELP reprise_%s %s\n# TYPE reprise_%s %s\n",
					name, help, name, type);
}

/* labels: {…}, or empty. Labels are our own words and need no escapes. */
static void series(struct page *p, const char *name, const char *labels, uint64_t value)
{
	p->fits = p->fits && buf_printf(p->out, "reprise_%s%s %" PRIu64 "\n", name, labels, value);
}

static void labelled(struct page *p, const char *name, const char *label, const char *text,
		     uint64_t value)
{
	char labels[96];
	snprintf(labels, sizeof labels, "{%s=\"%s\"}", label, text);
	series(p, name, labels, value);
}

static void single(struct page *p, const char *name, const char *type, const char *help,
		   uint64_t value)
{
	family(p, name, type, help);
	series(p, name, "", value);
}

static uint64_t read_counter(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

/* ## Requests */

/* The words of X-Cache in lower case. */
static const char *const statuses[CACHE_STATUSES] = {
    [CACHE_STATUS_REFUSED] = "refused", [CACHE_STATUS_HIT] = "hit",
    [CACHE_STATUS_MISS] = "miss",	[CACHE_STATUS_JOIN] = "join",
    [CACHE_STATUS_BYPASS] = "bypass",
};

static void requests(struct page *p, const struct metrics *m)
{
	family(p, "requests_total", "counter",
	       "Requests that ended, by endpoint and by how the cache took part (X-Cache).");
	for (int e = 0; e <= ENDPOINT_FAMILIES; e++) {
		const char *name =
		    e < ENDPOINT_FAMILIES ? endpoint_family_name((enum endpoint_family)e) : "other";
		for (int i = 0; i < CACHE_STATUSES; i++) {
			char labels[96];
			snprintf(labels, sizeof labels, "{endpoint=\"%s\",cache=\"%s\"}", name,
				 statuses[i]);
			series(p, "requests_total", labels, read_counter(&m->requests[e][i]));
		}
	}
}

static void verdicts(struct page *p, const struct metrics *m, enum verdict_counter which,
		     const char *name, const char *help)
{
	family(p, name, "counter", help);
	for (int v = 0; v < VERDICTS; v++)
		if (verdict_counter((enum verdict)v) == which)
			labelled(p, name, "reason", verdict_text((enum verdict)v),
				 read_counter(&m->verdicts[v]));
}

static void errors(struct page *p, const struct metrics *m)
{
	family(p, "errors_total", "counter",
	       "Errors that Reprise itself responded with, to requests and to connections, "
	       "by the error's code.");
	for (int f = FAILURE_NONE + 1; f < FAILURES; f++)
		labelled(p, "errors_total", "code", failure_row((enum failure)f)->code,
			 read_counter(&m->failures[f]));
}

static void counted(struct page *p, const struct metrics *m)
{
	requests(p, m);
	verdicts(p, m, COUNTS_BYPASSES, "bypasses_total",
		 "Requests that went past the cache, by the reason.");
	single(p, "stored_total", "counter", "Answers that were stored; each embedding counts.",
	       read_counter(&m->stored));
	verdicts(p, m, COUNTS_UNSTORED, "unstored_total",
		 "Answers that might have been stored and were not, by the reason.");
	errors(p, m);
	single(p, "torn_total", "counter",
	       "Answers that broke off while they were being sent to clients.",
	       read_counter(&m->torn));
	single(p, "framing_conflicts_total", "counter",
	       "Connections dropped because libmicrohttpd found a request that our framing check "
	       "did not; more than 0 is a bug.",
	       read_counter(&m->framing_conflicts));
	single(p, "aborted_total", "counter",
	       "Requests whose clients left before the end of their answers, or did not read them.",
	       read_counter(&m->aborted));
	family(p, "tokens_saved_total", "counter",
	       "Tokens that hits saved, as far as the model server reported usage.");
	labelled(p, "tokens_saved_total", "kind", "prompt", read_counter(&m->prompt_saved));
	labelled(p, "tokens_saved_total", "kind", "completion", read_counter(&m->completion_saved));
}

/* ## Current state */

static void cache(struct page *p, const struct figures *f)
{
	const struct cache_figures *c = &f->cache;
	single(p, "cache_entries", "gauge", "Complete entries in the cache.", c->entries);
	single(p, "cache_derived", "gauge", "Other wire forms kept beside entries.", c->derived);
	single(p, "cache_bytes", "gauge",
	       "Memory of entries and of answers in the making, with their overhead.", c->bytes);
	single(p, "cache_limit_bytes", "gauge", "cache.memory.", f->memory_limit);
	single(p, "cache_evictions_total", "counter",
	       "Entries removed to make room before they expired.", c->evictions);
	single(p, "cache_expirations_total", "counter", "Entries that expired.", c->expirations);
	single(p, "flights", "gauge", "Answers in the making that others can join.", c->flights);
}

/* Seconds, with six decimals. */
static void seconds(struct page *p, const char *name, uint64_t us)
{
	p->fits = p->fits && buf_printf(p->out, "reprise_%s %" PRIu64 ".%06" PRIu64 "\n", name,
					us / 1000000, us % 1000000);
}

static void turns(struct page *p, const struct metrics *m)
{
	static const char name[] = "worker_turn_seconds";
	uint64_t sum = 0;
	family(p, name, "histogram",
	       "Duration of each turn of a worker's loop; other requests wait meanwhile.");
	for (size_t i = 0; i < METRICS_TURNS; i++) {
		char labels[96];
		sum += read_counter(&m->turns[i]);
		snprintf(labels, sizeof labels, "{le=\"%g\"}", metrics_turn_ms[i] / 1000.0);
		series(p, "worker_turn_seconds_bucket", labels, sum);
	}
	sum += read_counter(&m->turns[METRICS_TURNS]);
	series(p, "worker_turn_seconds_bucket", "{le=\"+Inf\"}", sum);
	seconds(p, "worker_turn_seconds_sum", read_counter(&m->turns_us));
	series(p, "worker_turn_seconds_count", "", sum);
	family(p, "worker_turn_seconds_max", "gauge", "The longest turn since the start.");
	seconds(p, "worker_turn_seconds_max", read_counter(&m->longest_turn_us));
}

static void budget(struct page *p, const struct budget_figures *b)
{
	single(p, "memory_bytes", "gauge",
	       "Memory of everything that is neither in the cache nor an answer in the making.",
	       b->used_bytes);
	single(p, "memory_limit_bytes", "gauge", "limits.memory.", b->limit_bytes);
	single(p, "memory_refusals_total", "counter",
	       "Requests and jobs that found limits.memory used up.", b->refusals);
}

static void varying_headers(struct page *p, const struct findings *findings)
{
	family(
	    p, "varying_headers", "gauge",
	    "1 for a request header that is part of the cache key and new in nearly every request, "
	    "with the option that helps.");
	for (size_t i = 0; findings && i < findings_count(findings); i++) {
		const struct finding *f = findings_at(findings, i);
		char labels[256];
		snprintf(labels, sizeof labels, "{header=\"%s\",cookie=\"%s\",option=\"%s\"}",
			 f->header, f->cookie, f->option);
		series(p, "varying_headers", labels, 1);
	}
}

bool metrics_page(const struct figures *f, struct buf *out)
{
	struct page p = {.out = out, .fits = true};
	counted(&p, &f->counted);
	cache(&p, f);
	budget(&p, &f->budget);
	turns(&p, &f->counted);
	varying_headers(&p, f->findings);
	single(&p, "connections", "gauge", "Connections of clients.", f->connections);
	single(&p, "upstream_transfers", "gauge", "Requests under way at the model server.",
	       f->transfers);
	single(&p, "upstream_waiting", "gauge",
	       "Requests that wait for one of upstream.max_connections.", f->waiting);
	single(&p, "workers", "gauge", "Threads that serve.", f->workers);
	return p.fits;
}
