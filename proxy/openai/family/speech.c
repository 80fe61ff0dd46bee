/* Speech: the audio itself; or, with stream_format sse, typed events with pieces of it in base64,
 * ended by speech.audio.done. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static enum verdict read_body(struct evidence *e, struct slice body)
{
	return answer_kind_verdict(e->kind, body);
}

static enum verdict read_event(struct evidence *e, const cJSON *event)
{
	if (cjson_view_is(event, "type", "speech.audio.delta")) {
		const char *audio = cJSON_GetStringValue(cjson_view_member(event, "audio"));
		e->begun = e->begun || (audio && *audio);
		return audio ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
	}
	if (!cjson_view_is(event, "type", "speech.audio.done"))
		return cjson_view_is(event, "type", "error") ? VERDICT_ERROR_INSIDE
							     : VERDICT_UNEXPECTED_SHAPE;
	e->ended = true;
	return e->begun ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

const struct family family_speech = {read_body, read_event, NULL, .raw = true};
