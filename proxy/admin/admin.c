#include "proxy/admin/admin.h"

#include "base/buf.h"
#include "base/memory.h"
#include "proxy/admin/metrics_page.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { CONNECTIONS = 16, IDLE_S = 10, HEAD = 8 << 10, PAGE = 256 << 10 };

struct admin {
	struct admin_options options;
	struct MHD_Daemon *daemon;
	atomic_bool draining;
};

/* ## Pages: each appends its text, and returns the status or 0 when it does not fit */

struct page {
	const char *path;
	const char *type;
	unsigned (*write)(struct admin *a, struct buf *out);
};

static unsigned write_metrics(struct admin *a, struct buf *out)
{
	struct figures f = {0};
	a->options.figures(a->options.context, &f);
	return metrics_page(&f, out) ? MHD_HTTP_OK : 0;
}

static unsigned write_health(struct admin *a, struct buf *out)
{
	bool ends = atomic_load(&a->draining);
	if (!buf_append_text(out, ends ? "stopping\n" : "ok\n"))
		return 0;
	return ends ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK;
}

static const struct page pages[] = {
    {"/health", "text/plain; charset=utf-8", write_health},
    {"/metrics", METRICS_TYPE, write_metrics},
};

enum { PAGES = sizeof pages / sizeof pages[0] };

static const struct page *find_page(const char *path)
{
	for (size_t i = 0; i < PAGES; i++)
		if (strcmp(pages[i].path, path) == 0)
			return &pages[i];
	return NULL;
}

/* ## From libmicrohttpd */

/* Takes the text. */
static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *type,
			      struct buf *text)
{
	size_t len = text->len;
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(len, buf_take(text), MHD_RESPMEM_MUST_FREE);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	enum MHD_Result queued = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return queued;
}

static enum MHD_Result answer_text(struct MHD_Connection *c, unsigned status, const char *text)
{
	scoped(buf_finish) struct buf out = buf_make(PAGE);
	return buf_append_text(&out, text) ? answer(c, status, "text/plain; charset=utf-8", &out)
					   : MHD_NO;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *request_body_len, void **seen)
{
	static int head_seen;
	if (!*seen) {
		*seen = &head_seen;
		return MHD_YES;
	}
	/* Nothing here takes a body: it is read past. */
	if (*request_body_len) {
		*request_body_len = 0;
		return MHD_YES;
	}
	const struct page *page = find_page(url);
	if (!page)
		return answer_text(c, MHD_HTTP_NOT_FOUND, "there are /metrics and /health\n");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return answer_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	scoped(buf_finish) struct buf out = buf_make(PAGE);
	unsigned status = page->write(context, &out);
	return status ? answer(c, status, page->type, &out) : MHD_NO;
}

/* ## Life */

struct admin *admin_start(const struct admin_options *options, struct error_text *why)
{
	struct admin *a = memory_new(struct admin);
	a->options = *options;
	a->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL,
				     on_request, a,					 //
				     MHD_OPTION_LISTEN_SOCKET, options->listen_fd,	 //
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, //
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,	 //
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD,	 //
				     MHD_OPTION_END);
	if (a->daemon)
		return a;
	error_text_set(why, "its thread could not be started: %s", strerror(errno));
	free(a);
	return NULL;
}

void admin_drain(struct admin *a)
{
	atomic_store(&a->draining, true);
}

void admin_stop(struct admin **a)
{
	struct admin *gone = take(a);
	if (!gone)
		return;
	/* Gives the socket back, which the daemon would close. */
	MHD_quiesce_daemon(gone->daemon);
	MHD_stop_daemon(gone->daemon);
	free(gone);
}
