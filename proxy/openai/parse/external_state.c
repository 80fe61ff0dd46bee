/* One pass over the values of a body. Each container has a zone that tells which rules apply in it,
 * so that a function's schema may have a property of any name and a text may mention addresses. */
#include "proxy/openai/parse/external_state.h"

#include "proxy/openai/parse/exact_name.h"
#include "proxy/openai/parse/medium.h"
#include "proxy/openai/parse/reference.h"

/* Depths, as canonical_member counts them: 1 is the top-level object. */
enum { TOP = 1 };

static bool is_container(const struct canonical_member *m)
{
	return m->kind == JSON_OBJECT_OPEN || m->kind == JSON_ARRAY_OPEN;
}

static bool is_on(const struct canonical_member *m)
{
	return m->kind != JSON_NULL && m->kind != JSON_FALSE;
}

/* ## Tools */

static enum verdict end_tool(struct external_state *s)
{
	bool own = !s->tool_depth || tool_is_own(&s->tool);
	s->tool = s->group;
	s->tool_depth = s->group_depth;
	s->group_depth = 0;
	return own ? VERDICT_FINE : VERDICT_SERVER_TOOL;
}

/* Ends the tools of which no member follows at this depth. */
static enum verdict end_tools(struct external_state *s, unsigned depth)
{
	enum verdict verdict = VERDICT_FINE;
	while (s->tool_depth > depth) {
		enum verdict ended = end_tool(s);
		if (ended != VERDICT_FINE)
			verdict = ended;
	}
	return verdict;
}

static enum verdict begin_tool(struct external_state *s, const struct canonical_member *m)
{
	if (m->kind != JSON_OBJECT_OPEN || s->group_depth)
		return VERDICT_SERVER_TOOL;
	s->tool.has_tools = true;
	s->group = s->tool;
	s->group_depth = s->tool_depth;
	s->tool = (struct tool){.schema = s->functions};
	s->tool_depth = m->depth + 1;
	s->zones[m->depth + 1] = ZONE_TOOL;
	return VERDICT_FINE;
}

/* Handles a member that holds tools. Only a list of them is understood. */
static enum verdict tools_verdict(struct external_state *s, const struct canonical_member *m)
{
	s->zones[m->depth + 1] = ZONE_TOOLS;
	s->functions = slice_is(m->key, "functions");
	if (!is_on(m) || m->kind == JSON_ARRAY_OPEN)
		return VERDICT_FINE;
	/* OpenAI's tool_choice: {"mode", "tools"}. */
	if (slice_is(m->key, "allowed_tools") && m->kind == JSON_OBJECT_OPEN) {
		s->zones[m->depth + 1] = ZONE_OPTIONS;
		return VERDICT_FINE;
	}
	bool counted = m->kind == JSON_NUMBER && !s->functions && !slice_is(m->key, "tools");
	return counted ? VERDICT_FINE : VERDICT_SERVER_TOOL;
}

/* Checks the type of a tool_choice: a tool type that the client runs, or a way to choose. */
static enum verdict choice_verdict(const struct canonical_member *m)
{
	static const char *const ways[] = {"allowed_tools", "any",  "auto",
					   "none",	    "tool", "required"};
	if (m->kind != JSON_STRING || !slice_is(m->key, "type") || tool_type_is_clients(m->value))
		return VERDICT_FINE;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (slice_is(m->value, ways[i]))
			return VERDICT_FINE;
	return VERDICT_SERVER_TOOL;
}

/* ## Media */

/* Checks addresses and media, in all zones with rules for values. */
static enum verdict media_verdict(struct external_state *s, const struct canonical_member *m,
				  const struct reference *r)
{
	bool list = m->kind == JSON_ARRAY_OPEN;
	if (r->meaning & NAME_ADDRESS) {
		s->zones[m->depth + 1] = list ? ZONE_ADDRESSES : ZONE_MEDIA;
		return medium_address(m);
	}
	if (!(r->meaning & NAME_MEDIA))
		return VERDICT_FINE;
	s->zones[m->depth + 1] = ZONE_MEDIA;
	if (r->meaning & NAME_TEXT)
		return VERDICT_FINE;
	if (!slice_is(m->key, "source"))
		return r->meaning & NAME_MEDIUM ? medium_itself(s->family, m)
						: medium_verdict(s->family, m);
	/* The `source` of Anthropic's search_result tells where its content is from. */
	return pending_verdict_hold(&s->pending, m, PENDING_TEXT, medium_verdict(s->family, m));
}

/* {"image": {"id": …}}, {"file": {"file_data": …}} */
static enum verdict in_media(struct external_state *s, const struct canonical_member *m)
{
	struct reference r = reference_read(m->key);
	bool text = r.meaning & NAME_TEXT;
	if (slice_is(m->key, "id") && m->kind == JSON_STRING)
		return VERDICT_FILE_REFERENCE;
	if (slice_is(m->key, "path"))
		return medium_address(m);
	if (slice_is(m->key, "text") && m->kind == JSON_STRING && reference_is_url(m->value))
		return VERDICT_REMOTE_MEDIA;
	if (slice_is(m->key, "data")) /* Anthropic's source: {"type": "text", "data": …} */
		return pending_verdict_hold(&s->pending, m, PENDING_TEXT,
					    medium_data(s->family, m));
	enum verdict verdict = media_verdict(s, m, &r);
	if (verdict == VERDICT_FINE && m->kind != JSON_NULL)
		verdict = r.in_text;
	return verdict != VERDICT_FINE || text ? verdict : medium_verdict(s->family, m);
}

/* ## Zones */

static bool is_generating(const struct external_state *s)
{
	return s->family == FAMILY_CHAT || s->family == FAMILY_COMPLETIONS ||
	       s->family == FAMILY_RESPONSES || s->family == FAMILY_MESSAGES;
}

static enum verdict model_verdict(const struct external_state *s, const struct canonical_member *m)
{
	bool model = m->kind == JSON_STRING && is_generating(s);
	return model ? reference_model(m->value) : VERDICT_FINE;
}

/* Whether the value was written by the model for a tool; an address in it is only text. */
static bool is_tool_input(const struct external_state *s, const struct canonical_member *m)
{
	bool input = s->family == FAMILY_MESSAGES && slice_is(m->key, "input");
	return m->kind == JSON_OBJECT_OPEN && (input || slice_is(m->key, "arguments"));
}

/* Files beside a message: a string is a file's id unless it contains the bytes themselves. */
static bool is_file(const struct canonical_member *m)
{
	static const char *const names[] = {"attachment", "attachments", "file", "files",
					    "uploads"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(m->key, names[i]))
			return m->kind == JSON_STRING || m->kind == JSON_ARRAY_OPEN;
	return false;
}

static enum verdict file_verdict(struct external_state *s, const struct canonical_member *m)
{
	s->zones[m->depth + 1] = ZONE_ADDRESSES;
	return medium_address(m);
}

static enum verdict in_messages(struct external_state *s, const struct canonical_member *m)
{
	if (is_tool_input(s, m)) {
		s->zones[m->depth + 1] = ZONE_QUIET;
		return VERDICT_FINE;
	}
	if (slice_is(m->key, "role")) /* Moonshot's {"role": "cache", "content": "cache_id=…"} */
		return slice_is(m->value, "cache") ? VERDICT_STORED_OBJECT : VERDICT_FINE;
	struct reference r = reference_read(m->key);
	if (r.meaning & NAME_TOOLS && m->kind == JSON_ARRAY_OPEN)
		return tools_verdict(s, m);
	if (m->kind == JSON_OBJECT_OPEN && !r.harmless)
		pending_verdict_begin(&s->pending, m, false, VERDICT_STORED_OBJECT);
	enum verdict verdict = is_file(m) ? file_verdict(s, m) : media_verdict(s, m, &r);
	if (verdict == VERDICT_FINE && m->kind != JSON_NULL)
		verdict = r.in_text;
	return verdict == VERDICT_FINE ? medium_other(m, &r) : verdict;
}

/* Responses: {"id": "pmpt_…"} names a prompt stored at the upstream, and so does any object where a
 * prompt is not expected. Only llama.cpp's completions take an object: {"prompt_string", …}. */
static bool is_stored_prompt(const struct external_state *s, const struct canonical_member *m)
{
	if (m->depth != TOP || !slice_is(m->key, "prompt") || m->kind == JSON_NULL)
		return false;
	return s->family == FAMILY_RESPONSES ||
	       (m->kind == JSON_OBJECT_OPEN && s->family != FAMILY_COMPLETIONS);
}

/* vLLM's /pooling passes `data` to a plugin, which may fetch what it names. */
static bool is_for_plugin(const struct external_state *s, const struct canonical_member *m)
{
	return s->family == FAMILY_POOLING && m->depth == TOP && slice_is(m->key, "data") &&
	       m->kind != JSON_NULL;
}

/* Returns the zone of the values inside a parameter. */
static enum external_state_zone zone_of(const struct external_state *s,
					const struct canonical_member *m, const struct reference *r)
{
	unsigned meaning = r->meaning;
	if (meaning & NAME_SCHEMA)
		return ZONE_QUIET;
	if (meaning & NAME_LABELS)
		return ZONE_LABELS;
	if (meaning & NAME_MESSAGES)
		return slice_is(m->key, "prompt") && m->kind == JSON_OBJECT_OPEN ? ZONE_MEDIA
										 : ZONE_MESSAGES;
	if (m->kind == JSON_OBJECT_OPEN && slice_is(m->key, "tool_choice"))
		return ZONE_CHOICE;
	if ((meaning & NAME_TEXT || r->negated) && m->kind == JSON_ARRAY_OPEN)
		return ZONE_WORDS;
	return meaning & NAME_MODEL ? ZONE_MODELS : ZONE_OPTIONS;
}

/* Checks an option that refers to something; it may be off. */
static enum verdict option_verdict(struct external_state *s, const struct canonical_member *m,
				   const struct reference *r)
{
	if (r->off_when_true)
		return m->kind == JSON_TRUE || m->kind == JSON_NULL ? VERDICT_FINE : r->option;
	enum verdict verdict = r->option;
	if (verdict == VERDICT_FINE && m->kind != JSON_NUMBER)
		verdict = r->named;
	if (verdict == VERDICT_FINE && m->kind == JSON_TRUE)
		verdict = r->if_true;
	if (verdict == VERDICT_FINE || !is_container(m))
		return is_on(m) ? verdict : VERDICT_FINE;
	bool object = m->kind == JSON_OBJECT_OPEN;
	if (object)
		s->zones[m->depth + 1] = ZONE_QUIET;
	return pending_verdict_hold(&s->pending, m, object ? PENDING_SWITCH : PENDING_ELEMENT,
				    verdict);
}

static enum verdict in_options(struct external_state *s, const struct canonical_member *m)
{
	if (is_stored_prompt(s, m))
		return VERDICT_STORED_PROMPT;
	if (is_for_plugin(s, m))
		return VERDICT_SERVER_TOOL;
	struct reference r = reference_read(m->key);
	s->zones[m->depth + 1] = (uint8_t)zone_of(s, m, &r);
	if (r.meaning & NAME_TOOLS)
		return tools_verdict(s, m);
	if (r.meaning & (NAME_SCHEMA | NAME_LABELS))
		return VERDICT_FINE;
	if (r.option != VERDICT_FINE || r.named != VERDICT_FINE || r.if_true != VERDICT_FINE) {
		enum verdict option = option_verdict(s, m, &r);
		if (option != VERDICT_FINE || s->pending.held.depth > m->depth)
			return option;
	}
	if (r.meaning & NAME_MODEL)
		return model_verdict(s, m);
	enum verdict verdict = media_verdict(s, m, &r);
	return verdict == VERDICT_FINE ? medium_other(m, &r) : verdict;
}

/* The parts of a tool's definition refer to nothing; other members may. */
static enum verdict in_tool(struct external_state *s, const struct canonical_member *m)
{
	enum tool_part part = tool_read(&s->tool, m);
	if (part == TOOL_OTHER)
		return in_options(s, m);
	s->zones[m->depth + 1] = part == TOOL_DEFINITION ? ZONE_DEFINITION : ZONE_QUIET;
	return VERDICT_FINE;
}

static enum verdict in_labels(struct external_state *s, const struct canonical_member *m)
{
	struct reference r = reference_read(m->key);
	return r.meaning & NAME_ADDRESS ? media_verdict(s, m, &r) : VERDICT_FINE;
}

/* These are the most frequent members; looking at their words is not worth the time. */
static bool is_plain_text(const struct canonical_member *m)
{
	static const char *const names[] = {"content", "reasoning_content", "role", "text"};
	for (size_t i = 0; m->kind == JSON_STRING && i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(m->key, names[i]))
			return !slice_is(m->key, "role") || !slice_is(m->value, "cache");
	return false;
}

static enum verdict member_verdict(struct external_state *s, const struct canonical_member *m,
				   enum external_state_zone zone)
{
	bool media = zone == ZONE_MEDIA || zone == ZONE_ADDRESSES;
	enum verdict block = VERDICT_FINE;
	if (m->kind == JSON_STRING && (media || zone == ZONE_MESSAGES))
		block = pending_verdict_block(&s->pending, m, media);
	if (block != VERDICT_FINE || (is_plain_text(m) && !media))
		return block;
	bool named = zone != ZONE_DEFINITION && zone != ZONE_LABELS;
	enum verdict verdict = named ? exact_name(m) : VERDICT_FINE;
	if (verdict != VERDICT_FINE)
		return m->kind == JSON_ARRAY_OPEN
			   ? pending_verdict_hold(&s->pending, m, PENDING_ELEMENT, verdict)
			   : verdict;
	switch (zone) {
	case ZONE_TOOL:
		return in_tool(s, m);
	case ZONE_DEFINITION:
		tool_read_definition(&s->tool, m);
		s->zones[m->depth + 1] = ZONE_QUIET;
		return VERDICT_FINE;
	case ZONE_MEDIA:
	case ZONE_ADDRESSES:
		return in_media(s, m);
	case ZONE_MESSAGES:
		return in_messages(s, m);
	case ZONE_LABELS:
		return in_labels(s, m);
	case ZONE_CHOICE:
		verdict = choice_verdict(m);
		return verdict != VERDICT_FINE ? verdict : in_options(s, m);
	default:
		return in_options(s, m);
	}
}

/* Strings in lists may switch something on: "features": ["web_search"]. */
static enum verdict listed_verdict(const struct canonical_member *m)
{
	enum { LONGEST = 64 };
	if (m->kind != JSON_STRING || m->value.len > LONGEST ||
	    memchr(m->value.at, ' ', m->value.len))
		return VERDICT_FINE;
	enum verdict verdict = reference_read(m->value).option;
	bool runs = verdict == VERDICT_WEB_SEARCH || verdict == VERDICT_CONTAINER;
	return runs ? verdict : VERDICT_FINE;
}

static enum verdict element_verdict(struct external_state *s, const struct canonical_member *m,
				    enum external_state_zone zone)
{
	switch (zone) {
	case ZONE_MESSAGES:
		if (m->kind == JSON_OBJECT_OPEN)
			pending_verdict_begin(&s->pending, m, false, VERDICT_STORED_OBJECT);
		return VERDICT_FINE;
	case ZONE_TOOLS:
		return begin_tool(s, m);
	case ZONE_OPTIONS:
		return listed_verdict(m);
	case ZONE_MODELS:
		return model_verdict(s, m);
	case ZONE_MEDIA:
		return medium_itself(s->family, m);
	case ZONE_ADDRESSES:
		return medium_address(m);
	default:
		return VERDICT_FINE;
	}
}

void external_state_begin(struct external_state *s, enum endpoint_family family)
{
	memset(s, 0, offsetof(struct external_state, zones));
	s->family = family;
	s->zones[TOP] = ZONE_OPTIONS;
}

enum verdict external_state_value(struct external_state *s, const struct canonical_member *m)
{
	enum external_state_zone zone = s->zones[m->depth];
	if (is_container(m))
		s->zones[m->depth + 1] = (uint8_t)zone;
	enum verdict due = pending_verdict_value(&s->pending, m);
	if (zone == ZONE_QUIET)
		return due;
	enum verdict ended = end_tools(s, m->depth);
	if (due != VERDICT_FINE)
		ended = due;
	if (m->depth == TOP)
		s->input = s->family == FAMILY_RESPONSES && slice_is(m->key, "input");
	if (s->input && m->depth == TOP + 1 && m->kind == JSON_OBJECT_OPEN)
		pending_verdict_begin(&s->pending, m, true, VERDICT_STORED_ITEM);
	enum verdict verdict = m->key.at ? member_verdict(s, m, zone) : element_verdict(s, m, zone);
	return ended != VERDICT_FINE ? ended : verdict;
}

enum verdict external_state_end(struct external_state *s)
{
	enum verdict due = pending_verdict_end(&s->pending);
	enum verdict ended = end_tools(s, 0);
	return due != VERDICT_FINE ? due : ended;
}
