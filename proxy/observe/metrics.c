#include "proxy/observe/metrics.h"

#include <assert.h>
#include <stddef.h>

/* There is one writer, so a separate load and store lose nothing and need no locked instruction. */
static void count(_Atomic uint64_t *c, uint64_t more)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + more,
			      memory_order_relaxed);
}

void metrics_request(struct metrics *m, const struct endpoint *e, enum cache_status status)
{
	count(&m->requests[e ? e->family : ENDPOINT_FAMILIES][status], 1);
}

void metrics_verdict(struct metrics *m, enum verdict v)
{
	if (v != VERDICT_FINE)
		count(&m->verdicts[v], 1);
}

void metrics_failure(struct metrics *m, enum failure f)
{
	if (f != FAILURE_NONE)
		count(&m->failures[f], 1);
}

void metrics_aborted(struct metrics *m)
{
	count(&m->aborted, 1);
}

void metrics_torn(struct metrics *m)
{
	count(&m->torn, 1);
}

const unsigned metrics_turn_ms[METRICS_TURNS] = {1, 5, 20, 50, 200, 1000};

void metrics_turn(struct metrics *m, int64_t us)
{
	size_t i = 0;
	while (i < METRICS_TURNS && us > 1000 * (int64_t)metrics_turn_ms[i])
		i++;
	count(&m->turns[i], 1);
	count(&m->turns_us, (uint64_t)us);
	if ((uint64_t)us > atomic_load_explicit(&m->longest_turn_us, memory_order_relaxed))
		atomic_store_explicit(&m->longest_turn_us, (uint64_t)us, memory_order_relaxed);
}

void metrics_framing_conflict(struct metrics *m)
{
	count(&m->framing_conflicts, 1);
}

void metrics_saved(struct metrics *m, const struct token_usage *u)
{
	if (u->prompt > 0)
		count(&m->prompt_saved, (uint64_t)u->prompt);
	if (u->completion > 0)
		count(&m->completion_saved, (uint64_t)u->completion);
}

void metrics_answer(struct metrics *m, enum verdict v)
{
	if (v == VERDICT_FINE)
		count(&m->stored, 1);
	else
		metrics_verdict(m, v);
}

void metrics_failed(struct metrics *m, enum failure why)
{
	switch (why) {
	case FAILURE_NONE:
	case FAILURE_SHUTDOWN:
		break;
	case FAILURE_CANCELLED:
		metrics_verdict(m, VERDICT_ABANDONED);
		break;
	case FAILURE_NO_MEMORY:
		metrics_verdict(m, VERDICT_NO_ROOM);
		break;
	default:
		metrics_verdict(m, VERDICT_UPSTREAM_FAILED);
	}
}

void metrics_add(struct metrics *sum, const struct metrics *m)
{
	static_assert(sizeof *m % sizeof(_Atomic uint64_t) == 0, "nothing but counters");
	_Atomic uint64_t *to = (_Atomic uint64_t *)(void *)sum;
	const _Atomic uint64_t *from = (const _Atomic uint64_t *)(const void *)m;
	uint64_t longest = sum->longest_turn_us;
	for (size_t i = 0; i < sizeof *m / sizeof *from; i++)
		count(&to[i], atomic_load_explicit(&from[i], memory_order_relaxed));
	uint64_t other = sum->longest_turn_us - longest;
	sum->longest_turn_us = other > longest ? other : longest;
}
