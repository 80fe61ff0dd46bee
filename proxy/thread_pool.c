#include "proxy/thread_pool.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* From here on a job is a large one. */
enum { LARGE = 2 << 20 };

/* Helpers: as many as there are cores, within these bounds. */
enum { HELPERS_LEAST = 2, HELPERS_MOST = 4 };

struct thread_pool {
	/* constant after create */
	struct budget *budget;
	size_t helpers;
	pthread_t threads[HELPERS_MOST];
	/* guarded by mu */
	pthread_mutex_t mu;
	pthread_cond_t change;
	struct list small; // struct job.link
	struct list large; // struct job.link
	size_t large_running;
	bool ends;
};

/* ## Helpers */

/* The next job, off its queue; NULL: none that this helper may begin. */
static struct job *next_job(struct thread_pool *o)
{
	bool may_be_large = o->large_running + 1 < o->helpers;
	struct list *queue = !list_empty(&o->small)		      ? &o->small
			     : may_be_large && !list_empty(&o->large) ? &o->large
								      : NULL;
	if (!queue)
		return NULL;
	struct job *job = container_of(queue->next, struct job, link);
	list_remove(&job->link);
	return job;
}

static void work_at(struct thread_pool *o, struct job *job)
{
	bill_open(o->budget);
	job->work(job);
	job->found_no_memory = bill_was_refused();
	job->beside = bill_beside();
	job->billed += bill_close();
	/* From here on it is the worker's, and may be gone at once. */
	mailbox_post(job->worker->mailbox, &job->message);
}

static void work_at_large(struct thread_pool *o, struct job *job)
{
	o->large_running++;
	pthread_mutex_unlock(&o->mu);
	work_at(o, job);
	pthread_mutex_lock(&o->mu);
	o->large_running--;
	pthread_cond_signal(&o->change);
}

static void *help(void *context)
{
	struct thread_pool *o = context;
	pthread_mutex_lock(&o->mu);
	while (!o->ends) {
		struct job *job = next_job(o);
		if (!job) {
			pthread_cond_wait(&o->change, &o->mu);
		} else if (job->bytes >= LARGE) {
			work_at_large(o, job);
		} else {
			pthread_mutex_unlock(&o->mu);
			work_at(o, job);
			pthread_mutex_lock(&o->mu);
		}
	}
	pthread_mutex_unlock(&o->mu);
	return NULL;
}

/* ## Life */

static size_t helpers_wanted(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (cores < HELPERS_LEAST)
		return HELPERS_LEAST;
	return cores < HELPERS_MOST ? (size_t)cores : HELPERS_MOST;
}

struct thread_pool *thread_pool_create(struct budget *budget, struct error_text *why)
{
	struct thread_pool *o = memory_new(struct thread_pool);
	size_t wanted = helpers_wanted();
	o->budget = budget;
	pthread_mutex_init(&o->mu, NULL);
	pthread_cond_init(&o->change, NULL);
	list_init(&o->small);
	list_init(&o->large);
	/* Held, so that no helper looks at how many there are before that is so. */
	pthread_mutex_lock(&o->mu);
	while (o->helpers < wanted && pthread_create(&o->threads[o->helpers], NULL, help, o) == 0)
		o->helpers++;
	pthread_mutex_unlock(&o->mu);
	if (o->helpers == wanted)
		return o;
	error_text_set(why, "no thread could be started");
	thread_pool_destroy(&o);
	return NULL;
}

void thread_pool_destroy(struct thread_pool **helpers)
{
	struct thread_pool *o = take(helpers);
	if (!o)
		return;
	pthread_mutex_lock(&o->mu);
	ensure(list_empty(&o->small) && list_empty(&o->large));
	o->ends = true;
	pthread_cond_broadcast(&o->change);
	pthread_mutex_unlock(&o->mu);
	for (size_t i = 0; i < o->helpers; i++)
		pthread_join(o->threads[i], NULL);
	pthread_cond_destroy(&o->change);
	pthread_mutex_destroy(&o->mu);
	free(o);
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
	struct thread_pool *o = worker->helpers;
	job->worker = worker;
	message_init(&job->message, on_message);
	list_init(&job->link);
	worker->jobs++;
	pthread_mutex_lock(&o->mu);
	list_append(job->bytes >= LARGE ? &o->large : &o->small, &job->link);
	pthread_cond_signal(&o->change);
	pthread_mutex_unlock(&o->mu);
}

void thread_pool_give_up(struct job *job)
{
	if (!job)
		return;
	struct thread_pool *o = job->worker->helpers;
	job->given_up = true;
	pthread_mutex_lock(&o->mu);
	bool begun = list_empty(&job->link);
	list_remove(&job->link);
	pthread_mutex_unlock(&o->mu);
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
