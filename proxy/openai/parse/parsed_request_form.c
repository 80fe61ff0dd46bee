#include "proxy/openai/parse/external_state.h"
#include "proxy/openai/parse/multipart.h"
#include "proxy/openai/parse/parsed_request_internal.h"
#include "proxy/openai/parse/reference.h"

/* Fields that a server reads once; if a field occurs twice, it depends on the server which one it
 * uses. */
enum field {
	FIELD_MODEL,
	FIELD_RESPONSE_FORMAT,
	FIELD_SEED,
	FIELD_STREAM,
	FIELD_TEMPERATURE,
	FIELDS,
};

static const struct slice field_names[FIELDS] = {
    [FIELD_MODEL] = SLICE("model"),
    [FIELD_RESPONSE_FORMAT] = SLICE("response_format"),
    [FIELD_SEED] = SLICE("seed"),
    [FIELD_STREAM] = SLICE("stream"),
    [FIELD_TEMPERATURE] = SLICE("temperature"),
};

struct reading {
	const struct endpoint *endpoint;
	const struct parsed_request_options *options;
	struct parsed_request *parsed;
	enum verdict verdict;
	unsigned seen;	       /* bit 1 << field */
	bool zero_temperature; /* temperature is 0 or absent */
	bool seeded;
	struct external_state external_state;
};

static void note(struct reading *r, enum verdict verdict)
{
	if (r->verdict == VERDICT_FINE)
		r->verdict = verdict;
}

static enum field field_named(struct slice name)
{
	enum field f = 0;
	while (f < FIELDS && !slice_equal(field_names[f], name))
		f++;
	return f;
}

/* json, verbose_json and diarized_json are JSON; unknown formats are treated as JSON. */
static enum answer_kind kind_named(struct slice format)
{
	if (slice_is(format, "text"))
		return ANSWER_TEXT;
	if (slice_is(format, "srt"))
		return ANSWER_SRT;
	return slice_is(format, "vtt") ? ANSWER_VTT : ANSWER_JSON;
}

static void read_field(struct reading *r, enum field field, struct slice value)
{
	switch (field) {
	case FIELD_MODEL:
		parsed_request_take_model(r->options, value, r->parsed);
		break;
	case FIELD_RESPONSE_FORMAT:
		r->parsed->kind = kind_named(value);
		break;
	case FIELD_SEED:
		r->seeded = parsed_request_is_seed(value);
		break;
	case FIELD_STREAM:
		/* If a server accepts other words for true (1, on), its response is a stream and is
		 * not stored. */
		r->parsed->form = slice_is_nocase(value, "true") ? WIRE_STREAM : WIRE_PLAIN;
		break;
	case FIELD_TEMPERATURE:
		r->zero_temperature = parsed_request_is_zero(value);
		break;
	case FIELDS:
		break;
	}
}

/* The prompt is text. Any other field may tell where the audio is. */
static bool is_address(const struct multipart_part *part)
{
	return !slice_is(part->name, "prompt") &&
	       memmem(part->content.at, part->content.len, "://", 3) != NULL;
}

/* A part that contains its bytes in a data: URL refers to nothing, whatever its name (OpenAI's
 * known_speaker_references). */
static void check_external_state(struct reading *r, const struct multipart_part *part)
{
	struct canonical_member member = {
	    .depth = 1,
	    .key = part->name,
	    .kind = JSON_STRING,
	    .value = part->content,
	};
	bool inlined = reference_is_data(part->content);
	enum verdict verdict =
	    inlined ? VERDICT_FINE : external_state_value(&r->external_state, &member);
	if (verdict == VERDICT_FINE && is_address(part))
		verdict = VERDICT_REMOTE_MEDIA;
	if (verdict != VERDICT_REMOTE_MEDIA || !r->options->remote_images)
		note(r, verdict);
}

static bool on_part(void *context, const struct multipart_part *part)
{
	struct reading *r = context;
	if (part->file)
		return true;
	enum field field = field_named(part->name);
	if (field != FIELDS && r->seen & (1u << field))
		note(r, VERDICT_DUPLICATE_MEMBER);
	if (field != FIELDS)
		r->seen |= 1u << field;
	read_field(r, field, part->content);
	check_external_state(r, part);
	return !parsed_request_leaves_out(r->options, part->name);
}

void parsed_request_read_form(const struct endpoint *endpoint, struct slice body,
			      const struct parsed_request_options *options, struct buf *form,
			      struct parsed_request *ret_parsed)
{
	struct reading r = {.endpoint = endpoint,
			    .options = options,
			    .parsed = ret_parsed,
			    .zero_temperature = true};
	struct multipart_rules rules = {on_part, &r};
	size_t before = form->len;
	external_state_begin(&r.external_state, endpoint->family);
	note(&r, parsed_request_deployment_verdict(endpoint, options));
	enum multipart_result result =
	    body.len ? multipart_form(options->content_type, body, &rules, form) : MULTIPART_FINE;
	if (body.len == 0)
		note(&r, VERDICT_EMPTY_BODY);
	if (result != MULTIPART_FINE)
		r.verdict =
		    result == MULTIPART_INVALID ? VERDICT_INVALID_FORM : VERDICT_REQUEST_TOO_LARGE;
	if (r.verdict != VERDICT_FINE)
		form->len = before;
	ret_parsed->verdict = r.verdict;
	ret_parsed->by_chance = !r.zero_temperature && !r.seeded;
}
