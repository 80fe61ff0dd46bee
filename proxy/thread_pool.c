#include "proxy/thread_pool.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* The size from which a job is a large one. */
enum { LARGE = 2 << 20 };

/* The number of helpers: one per core, within these bounds. */
enum { HELPERS_MIN = 2, HELPERS_MAX = 4 };

struct thread_pool {
	/* constant after create */
	struct budget *budget;
	size_t helpers;
	pthread_t threads[HELPERS_MAX];
	/* guarded by mu */
	pthread_mutex_t mu;
	pthread_cond_t change;
	struct list small; // struct job.link
	struct list large; // struct job.link
	size_t large_running;
	bool ends;
};

/* ## Helpers */

/* Takes the next job off its queue; NULL: none that this helper may start. */
static struct job *next_job(struct thread_pool *p)
{
	bool may_be_large = p->large_running + 1 < p->helpers;
	struct list *queue = !list_empty(&p->small)		      ? &p->small
			     : may_be_large && !list_empty(&p->large) ? &p->large
								      : NULL;
	if (!queue)
		return NULL;
	struct job *job = container_of(queue->next, struct job, link);
	list_remove(&job->link);
	return job;
}

static void work_at(struct thread_pool *p, struct job *job)
{
	bill_open(p->budget);
	job->work(job);
	job->found_no_memory = bill_was_refused();
	job->beside = bill_beside();
	job->billed += bill_close();
	/* From here on the worker owns the job and may free it at once. */
	mailbox_post(job->worker->mailbox, &job->message);
}

static void work_at_large(struct thread_pool *p, struct job *job)
{
	p->large_running++;
	pthread_mutex_unlock(&p->mu);
	work_at(p, job);
	pthread_mutex_lock(&p->mu);
	p->large_running--;
	pthread_cond_signal(&p->change);
}

static void *help(void *context)
{
	struct thread_pool *p = context;
	pthread_mutex_lock(&p->mu);
	while (!p->ends) {
		struct job *job = next_job(p);
		if (!job) {
			pthread_cond_wait(&p->change, &p->mu);
		} else if (job->bytes >= LARGE) {
			work_at_large(p, job);
		} else {
			pthread_mutex_unlock(&p->mu);
			work_at(p, job);
			pthread_mutex_lock(&p->mu);
		}
	}
	pthread_mutex_unlock(&p->mu);
	return NULL;
}

/* ## Life */

static size_t helpers_wanted(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (cores < HELPERS_MIN)
		return HELPERS_MIN;
	return cores < HELPERS_MAX ? (size_t)cores : HELPERS_MAX;
}

struct thread_pool *thread_pool_create(struct budget *budget, struct error_text *why)
{
	struct thread_pool *p = memory_new(struct thread_pool);
	size_t wanted = helpers_wanted();
	p->budget = budget;
	pthread_mutex_init(&p->mu, NULL);
	pthread_cond_init(&p->change, NULL);
	list_init(&p->small);
	list_init(&p->large);
	/* Held, so that no helper reads the number of helpers before it is final. */
	pthread_mutex_lock(&p->mu);
	while (p->helpers < wanted && pthread_create(&p->threads[p->helpers], NULL, help, p) == 0)
		p->helpers++;
	pthread_mutex_unlock(&p->mu);
	if (p->helpers == wanted)
		return p;
	error_text_set(why, "no thread could be started");
	thread_pool_destroy(&p);
	return NULL;
}

void thread_pool_destroy(struct thread_pool **pool)
{
	struct thread_pool *p = take(pool);
	if (!p)
		return;
	pthread_mutex_lock(&p->mu);
	ensure(list_empty(&p->small) && list_empty(&p->large));
	p->ends = true;
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->mu);
	for (size_t i = 0; i < p->helpers; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->mu);
	free(p);
}

/* ## From the worker */

static void on_message(struct message *message)
{
	struct job *job = container_of(message, struct job, message);
	job->worker->jobs--;
	job->done(job);
}

bool thread_pool_wants(const struct context *worker, size_t bytes, size_t from)
{
	return worker->helpers && bytes >= from;
}

void thread_pool_start(struct context *worker, struct job *job)
{
	struct thread_pool *p = worker->helpers;
	job->worker = worker;
	message_init(&job->message, on_message);
	list_init(&job->link);
	worker->jobs++;
	pthread_mutex_lock(&p->mu);
	list_append(job->bytes >= LARGE ? &p->large : &p->small, &job->link);
	pthread_cond_signal(&p->change);
	pthread_mutex_unlock(&p->mu);
}

void thread_pool_give_up(struct job *job)
{
	if (!job)
		return;
	struct thread_pool *p = job->worker->helpers;
	job->given_up = true;
	pthread_mutex_lock(&p->mu);
	bool begun = list_empty(&job->link);
	list_remove(&job->link);
	pthread_mutex_unlock(&p->mu);
	if (!begun)
		mailbox_post(job->worker->mailbox, &job->message);
}

void thread_pool_drain(struct context *worker)
{
	while (worker->jobs) {
		if (!mailbox_waiting(worker->mailbox))
			loop_turn(worker->loop, -1);
		mailbox_deliver(worker->mailbox);
	}
}
