#include "proxy/openai/parse/pending_verdict.h"

#include "proxy/openai/parse/medium.h"

/* xAI's search_parameters {"mode": "off"}, Zhipu's web_search {"enable": false}. */
static bool says_off(const struct canonical_member *m)
{
	static const char *const modes[] = {"mode", "status", "type"};
	static const char *const off[] = {"disabled", "never", "none", "off"};
	static const char *const switches[] = {"active", "enable", "enabled", "on"};
	if (!m->key.at)
		return false;
	if (m->kind == JSON_STRING)
		return SLICE_IS_AMONG(m->key, modes) && SLICE_IS_AMONG(m->value, off);
	return (m->kind == JSON_FALSE && SLICE_IS_AMONG(m->key, switches)) ||
	       (m->kind == JSON_TRUE && slice_is(m->key, "disabled"));
}

static enum verdict take_held(struct pending_verdict *p)
{
	enum verdict verdict = p->held.depth ? p->held.verdict : VERDICT_FINE;
	p->held.depth = 0;
	return verdict;
}

static enum verdict next_held(struct pending_verdict *p, const struct canonical_member *m)
{
	if (!p->held.depth)
		return VERDICT_FINE;
	bool inside = m->depth >= p->held.depth;
	/* A list's first element confirms the held verdict; in other cases the end does. */
	if (inside == (p->held.until == PENDING_ELEMENT))
		return take_held(p);
	if (!inside ||
	    (p->held.until == PENDING_SWITCH && m->depth == p->held.depth && says_off(m)))
		p->held.depth = 0;
	return VERDICT_FINE;
}

static enum verdict end_object(struct pending_verdict_object *object)
{
	bool bare = object->depth && object->id && !object->content;
	object->depth = 0;
	return bare ? object->verdict : VERDICT_FINE;
}

static enum verdict next_in_object(struct pending_verdict_object *object,
				   const struct canonical_member *m)
{
	static const char *const kinds[] = {"status", "type"};
	if (m->depth < object->depth)
		return end_object(object);
	if (!object->depth)
		return VERDICT_FINE;
	bool container = m->kind == JSON_OBJECT_OPEN || m->kind == JSON_ARRAY_OPEN;
	bool empty = container || m->kind == JSON_NULL || (m->kind == JSON_STRING && !m->value.len);
	bool neutral = SLICE_IS_AMONG(m->key, kinds) || (object->item && slice_is(m->key, "role"));
	if (m->depth == object->depth && slice_is(m->key, "id"))
		object->id = !empty;
	else if (m->depth > object->depth || (!empty && !neutral))
		object->content = true;
	return VERDICT_FINE;
}

enum verdict pending_verdict_hold(struct pending_verdict *p, const struct canonical_member *m,
				  enum pending_verdict_condition until, enum verdict verdict)
{
	unsigned depth = until == PENDING_TEXT ? m->depth : m->depth + 1;
	if (verdict == VERDICT_FINE || (until == PENDING_TEXT && p->text_depth == depth))
		return VERDICT_FINE;
	enum verdict before = take_held(p);
	p->held.verdict = verdict;
	p->held.until = until;
	p->held.depth = depth;
	return before;
}

void pending_verdict_begin(struct pending_verdict *p, const struct canonical_member *object,
			   bool item, enum verdict verdict)
{
	p->objects[item ? 0 : 1] = (struct pending_verdict_object){
	    .depth = object->depth + 1, .item = item, .verdict = verdict};
}

static void end_depth(unsigned *depth, const struct canonical_member *m)
{
	if (*depth > m->depth)
		*depth = 0;
}

enum verdict pending_verdict_value(struct pending_verdict *p, const struct canonical_member *m)
{
	end_depth(&p->text_depth, m);
	end_depth(&p->medium_depth, m);
	end_depth(&p->address_depth, m);
	enum verdict held = next_held(p, m);
	enum verdict item = next_in_object(&p->objects[0], m);
	enum verdict object = next_in_object(&p->objects[1], m);
	return held != VERDICT_FINE ? held : item != VERDICT_FINE ? item : object;
}

/* Whether a string in an object whose type is a medium tells where that medium is, instead of being
 * the medium itself. */
static bool tells_location(const struct canonical_member *m)
{
	if (slice_is(m->key, "content"))
		return reference_is_url(m->value);
	if (slice_is(m->key, "path"))
		return medium_address(m) != VERDICT_FINE;
	bool bytes = slice_is(m->key, "data") || slice_is(m->key, "value");
	return bytes && medium_data(FAMILY_CHAT, m) != VERDICT_FINE;
}

enum verdict pending_verdict_block(struct pending_verdict *p, const struct canonical_member *m,
				   bool in_medium)
{
	if (slice_is(m->key, "type")) {
		if (slice_is(m->value, in_medium ? "text" : "search_result")) {
			p->text_depth = m->depth;
			if (p->held.until == PENDING_TEXT && p->held.depth == m->depth)
				p->held.depth = 0;
		} else if (!in_medium && reference_read(m->value).meaning & NAME_MEDIA) {
			p->medium_depth = m->depth;
		}
	} else if (tells_location(m)) {
		p->address_depth = m->depth;
	}
	bool remote = p->address_depth && p->address_depth == p->medium_depth;
	return remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}

enum verdict pending_verdict_end(struct pending_verdict *p)
{
	bool list = p->held.until == PENDING_ELEMENT;
	enum verdict held = list ? VERDICT_FINE : take_held(p);
	enum verdict item = end_object(&p->objects[0]);
	enum verdict object = end_object(&p->objects[1]);
	return held != VERDICT_FINE ? held : item != VERDICT_FINE ? item : object;
}
