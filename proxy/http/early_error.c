#include "proxy/http/early_error.h"

#include "proxy/openai/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define LOG_MODULE "early-error"
#include "base/log.h"

/* Room for the status line, the fields and the JSON of the longest sentence. */
enum { RESPONSE_MAX = 4 << 10 };

static const char *reason_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = {
	    {400, "Bad Request"},
	    {408, "Request Timeout"},
	    {413, "Content Too Large"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {503, "Service Unavailable"},
	};
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Refused";
}

static bool compose(enum error_shape shape, const struct failure_row *row, const char *lines,
		    struct buf *body, struct buf *out)
{
	char message[512], retry_after[32] = "";
	snprintf(message, sizeof message, "%s.", row->sentence);
	if (failure_retry_s(row->status) >= 0)
		snprintf(retry_after, sizeof retry_after, "Retry-After: %d\r\n",
			 failure_retry_s(row->status));
	return error_body(shape, row->status, row->type, row->code, message, body) &&
	       buf_printf(out,
			  "HTTP/1.1 %u %s\r\nContent-Type: application/json\r\n%s"
			  "Cache-Status: reprise; detail=%s\r\nX-Cache: REFUSED\r\n%s"
			  "Connection: close\r\nContent-Length: %zu\r\n\r\n",
			  row->status, reason_phrase(row->status), retry_after, row->code, lines,
			  body->len) &&
	       buf_append_slice(out, buf_slice(body));
}

size_t early_error_write(int fd, enum error_shape shape, enum failure failure,
			 const struct cors_grant *grant, bool with_body)
{
	char lines[CORS_LINES];
	cors_fields_lines(grant, lines);
	scoped(buf_finish) struct buf body = buf_make(RESPONSE_MAX), out = buf_make(RESPONSE_MAX);
	if (!compose(shape, failure_row(failure), lines, &body, &out))
		return 0;
	size_t body_len = with_body ? body.len : 0;
	if (send(fd, out.at, out.len - body.len + body_len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("an early error could not be sent: %s", strerror(errno));
	return body_len;
}

void early_error_count(enum failure failure, size_t bytes, struct context *worker)
{
	const struct failure_row *row = failure_row(failure);
	struct access a = {
	    .method = slice_of("-"),
	    .path = slice_of("-"),
	    .status = row->status,
	    .cache = cache_status_name(CACHE_STATUS_REFUSED),
	    .endpoint = "-",
	    .verdict = row->code,
	    .bytes_out = bytes,
	    .first_us = -1,
	    .total_us = -1,
	    .upstream_us = -1,
	};
	metrics_failure(&worker->metrics, failure);
	access_log_add(&worker->access, &a);
}

/* In OpenAI's shape and readable by every page, since neither the endpoint nor the origin is
 * known. */
void early_error_send(int fd, enum failure failure, struct context *worker)
{
	static const struct cors_grant any_page = {.known = true, .allow = "*"};
	early_error_count(failure, early_error_write(fd, ERROR_OPENAI, failure, &any_page, true),
			  worker);
}
