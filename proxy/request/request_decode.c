/* IDENTIFY, first part: decodes a body in a content coding, so that it can be parsed. */
#include "proxy/request/request_steps.h"

#include "proxy/openai/parse/deletion.h"

static enum step begin(struct request *r, enum content_coding coding)
{
	const struct config *c = r->worker->config;
	struct content_decoder_options options = {
	    .coding = coding,
	    .body = buf_slice(&r->body->held),
	    .limit = c->limits.body,
	    .ratio = c->limits.body_ratio,
	};
	r->decoder = content_decoder_create(&options);
	return r->decoder ? STEP_IDENTIFY : refuse(r, FAILURE_NO_MEMORY, NULL);
}

/* Sets the memory taken for the decoded body. False: not enough left of limits.memory. */
static bool set_memory(struct request *r, size_t bytes)
{
	struct memory_quota *q = &r->worker->quota;
	if (bytes <= r->decoded_bytes)
		memory_quota_give(q, r->decoded_bytes - bytes);
	else if (!memory_quota_take(q, bytes - r->decoded_bytes, BUDGET_WHOLE))
		return false;
	r->decoded_bytes = bytes;
	return true;
}

static enum step take_decoded(struct request *r)
{
	r->coded = true;
	r->decoded = content_decoder_take(r->decoder);
	size_t edited = r->decoded.len + REQUEST_BODY_SPARE;
	r->decoded.limit = r->decoded.cap > edited ? r->decoded.cap : edited;
	content_decoder_destroy(&r->decoder);
	return set_memory(r, r->decoded.limit) ? STEP_IDENTIFY : request_refuse_memory(r);
}

/* Lets others have their turn: the message wakes the connection at the next mailbox delivery. */
static enum step continue_later(struct request *r)
{
	if (!set_memory(r, content_decoder_bytes(r->decoder) +
			       content_decoder_state_bytes(r->decoder)))
		return request_refuse_memory(r);
	if (!connection_sleep(r->http.connection))
		return STEP_DROP;
	mailbox_post(r->worker->mailbox, &r->message);
	return STEP_WAIT;
}

static enum step run_decoder(struct request *r)
{
	switch (content_decoder_run(r->decoder)) {
	case CONTENT_MORE:
		return continue_later(r);
	case CONTENT_DONE:
		return take_decoded(r);
	case CONTENT_BROKEN:
		r->unreadable = true;
		break;
	case CONTENT_TOO_LARGE:
		return refuse(r, FAILURE_BODY_TOO_LARGE,
			      "it is once it is decoded (limits.body, limits.body_ratio)");
	case CONTENT_NO_MEMORY:
		return refuse(r, FAILURE_NO_MEMORY, NULL);
	}
	content_decoder_destroy(&r->decoder);
	return STEP_IDENTIFY;
}

enum step request_decode(struct request *r)
{
	if (r->decoder)
		return run_decoder(r);
	enum content_coding coding = content_coding_of(&r->http.fields, &r->marks);
	bool read = r->endpoint || deletion_has_body(r->http.method, r->path);
	if (coding == CONTENT_IDENTITY || !read)
		return STEP_IDENTIFY;
	r->unreadable = coding == CONTENT_UNKNOWN || !r->body;
	if (r->unreadable)
		return STEP_IDENTIFY;
	enum step next = begin(r, coding);
	return next == STEP_IDENTIFY ? run_decoder(r) : next;
}

struct slice request_body_text(const struct request *r)
{
	if (!r->body)
		return slice_of("");
	return buf_slice(r->coded ? &r->decoded : &r->body->held);
}

void request_send_decoded(struct request *r)
{
	if (!r->coded)
		return;
	buf_finish(&r->body->held);
	memory_quota_give(&r->worker->quota, r->body->held.limit);
	/* Its limit is the number of bytes taken, as request_body requires. */
	r->body->held = r->decoded;
	r->decoded = buf_make(0);
	r->decoded_bytes = 0;
	r->coded = false;
}

void request_decode_leave(struct request *r)
{
	content_decoder_destroy(&r->decoder);
	buf_finish(&r->decoded);
	memory_quota_give(&r->worker->quota, r->decoded_bytes);
	r->decoded_bytes = 0;
}
