#include "proxy/request/conversion.h"

#include "base/buf.h"
#include "proxy/openai/wire/fold.h"
#include "proxy/openai/wire/sse.h"
#include "proxy/openai/wire/unfold.h"
#include "proxy/openai/wire/usage_filter.h"

struct conversion {
	const struct endpoint *endpoint;
	const struct conversion_options *options;
	struct slice text; /* the decoded origin */
	struct event_log *log;
};

static bool on_event(void *context, struct slice event)
{
	struct conversion *c = context;
	return event_log_append(c->log, event);
}

static bool fold_stream(struct conversion *c)
{
	scoped(buf_finish) struct buf object = buf_make(c->options->limit_bytes);
	return fold(c->endpoint->family, c->text, &object) && on_event(c, buf_slice(&object));
}

static bool unfold_object(struct conversion *c, bool usage)
{
	struct unfold_options options = {
	    .usage = usage,
	    .piece = c->options->piece,
	    .on_event = on_event,
	    .context = c,
	};
	return unfold(c->endpoint->family, c->text, &options);
}

/* Appends the stream frame by frame, as event logs require. */
static bool append_frames(struct conversion *c, struct slice stream)
{
	scoped(sse_finish) struct sse sse = sse_make(stream.len);
	struct sse_frame frame;
	bool kept = sse_feed(&sse, stream);
	sse_end(&sse);
	while (kept && sse_next(&sse, &frame))
		kept = on_event(c, frame.bytes);
	return kept && !sse_torn(&sse);
}

static bool remove_usage(struct conversion *c)
{
	scoped(usage_filter_destroy) struct usage_filter *filter = usage_filter_create(c->text.len);
	scoped(buf_finish) struct buf stream = buf_make(2 * c->text.len);
	return usage_filter_feed(filter, c->text, &stream) && usage_filter_end(filter, &stream) &&
	       append_frames(c, buf_slice(&stream));
}

static bool convert(struct conversion *c, enum wire_form from, enum wire_form to)
{
	if (to == WIRE_PLAIN)
		return fold_stream(c);
	if (from == WIRE_PLAIN)
		return unfold_object(c, to == WIRE_STREAM_USAGE);
	return to == WIRE_STREAM && remove_usage(c);
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
	struct conversion c = {endpoint, options, buf_slice(&text), log};
	if (!convert(&c, origin->form, form))
		return NULL;
	event_log_seal(log);
	return entry_derive(origin, form,
			    form == WIRE_PLAIN ? "application/json" : "text/event-stream", &log);
}
