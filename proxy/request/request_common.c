/* What several steps use: sleeping, taking memory, refusing and sending. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"

/* Bytes of the status line and our own fields; and of the CORS fields. */
enum { OWN_FIELDS = 640, PAGE_FIELDS = CORS_ORIGIN + CORS_EXPOSE + 256 };

void request_spoil(struct request *r, enum failure failure, const char *why)
{
	r->close = true;
	if (r->failure != FAILURE_NONE)
		return;
	r->failure = failure;
	r->particulars = why;
	/* A piped body is already being sent: that breaks its transfer. */
	if (r->body)
		request_body_end(r->body, true);
}

enum step request_sleep(struct request *r)
{
	if (!r->slept_us)
		r->slept_us = clock_us();
	return connection_sleep(r->http.connection) ? STEP_WAIT : STEP_DROP;
}

/* ## Memory */

bool request_take_memory(struct request *r, size_t bytes)
{
	if (!memory_quota_take(&r->worker->quota, bytes, BUDGET_WHOLE))
		return false;
	r->held_bytes += bytes;
	return true;
}

void request_force_memory(struct request *r, size_t bytes)
{
	memory_quota_force(&r->worker->quota, bytes);
	r->held_bytes += bytes;
}

enum step request_refuse_memory(struct request *r)
{
	budget_refused(r->worker->quota.budget);
	r->cache_status = CACHE_STATUS_REFUSED;
	return refuse(r, FAILURE_MEMORY_LIMIT, NULL);
}

/* ## Sending */

/* The memory that libmicrohttpd needs for a field, including bookkeeping. */
static size_t field_bytes(const struct field *f)
{
	enum { BOOKKEEPING = 64 };
	return f->name.len + f->value.len + BOOKKEEPING;
}

bool request_has_room(const struct request *r, const struct head *head)
{
	size_t need = OWN_FIELDS + strlen(r->target) + (r->cors.origin.len ? PAGE_FIELDS : 0);
	for (size_t i = 0; i < r->http.fields.count; i++)
		need += field_bytes(&r->http.fields.at[i]);
	for (size_t i = 0; i < head->fields.count; i++)
		need += field_bytes(&head->fields.at[i]);
	return need <= r->worker->config->limits.headers;
}

enum step request_send(struct request *r, unsigned status, struct response **response)
{
	r->status = status;
	return response_send(r->http.connection, status, response) ? STEP_WAIT : STEP_DROP;
}
