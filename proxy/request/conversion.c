#include "proxy/request/conversion.h"

#include "base/buf.h"
#include "proxy/openai/wire/fold.h"
#include "proxy/openai/wire/sse.h"
#include "proxy/openai/wire/unfold.h"
#include "proxy/openai/wire/usage_filter.h"

struct rendering {
	const struct endpoint *endpoint;
	const struct conversion_options *options;
	struct slice text; /* the origin's */
	struct event_log *log;
};

static bool on_event(void *context, struct slice event)
{
	struct rendering *r = context;
	return event_log_append(r->log, event);
}

static bool fold_stream(struct rendering *r)
{
	scoped(buf_finish) struct buf object = buf_make(r->options->limit_bytes);
	return fold(r->endpoint->family, r->text, &object) && on_event(r, buf_slice(&object));
}

static bool unfold_object(struct rendering *r, bool usage)
{
	struct unfold_options options = {
	    .usage = usage,
	    .piece = r->options->piece,
	    .on_event = on_event,
	    .context = r,
	};
	return unfold(r->endpoint->family, r->text, &options);
}

/* Frame by frame, as event logs want them. */
static bool keep_frames(struct rendering *r, struct slice stream)
{
	scoped(sse_finish) struct sse sse = sse_make(stream.len);
	struct sse_frame frame;
	bool kept = sse_feed(&sse, stream);
	sse_end(&sse);
	while (kept && sse_next(&sse, &frame))
		kept = on_event(r, frame.bytes);
	return kept && !sse_torn(&sse);
}

static bool leave_usage_out(struct rendering *r)
{
	scoped(usage_filter_destroy) struct usage_filter *filter = usage_filter_create(r->text.len);
	scoped(buf_finish) struct buf stream = buf_make(2 * r->text.len);
	return usage_filter_feed(filter, r->text, &stream) && usage_filter_end(filter, &stream) &&
	       keep_frames(r, buf_slice(&stream));
}

static bool render(struct rendering *r, enum wire_form from, enum wire_form to)
{
	if (to == WIRE_PLAIN)
		return fold_stream(r);
	if (from == WIRE_PLAIN)
		return unfold_object(r, to == WIRE_STREAM_USAGE);
	return to == WIRE_STREAM && leave_usage_out(r);
}

struct entry *conversion_make(const struct endpoint *endpoint, const struct entry *origin,
			      enum wire_form form, const struct conversion_options *options)
{
	size_t len = event_log_decoded_bytes(origin->log);
	scoped(buf_finish) struct buf text = buf_make(len);
	if (len == 0 || !buf_reserve(&text, len))
		return NULL;
	event_log_decode(origin->log, text.at);
	text.len = len;
	scoped(event_log_destroy) struct event_log *log = event_log_create(options->limit_bytes);
	struct rendering r = {endpoint, options, buf_slice(&text), log};
	if (!render(&r, origin->form, form))
		return NULL;
	event_log_seal(log);
	return entry_derive(origin, form,
			    form == WIRE_PLAIN ? "application/json" : "text/event-stream", &log);
}
