/* Folds a stream of llama.cpp's own completions into its plain response: the last event, which has
 * `stop` true, with the content of all events. There is no [DONE]. Only for one prompt: with
 * several, no event tells their number.
 *
 * Earlier events have their tokens, which a plain response has only with return_tokens, and their
 * probabilities (n_probs), of which a plain response has one more. So a stream with probabilities
 * is rejected, tokens are those of the last event, and requests that ask for either get only the
 * form that was stored (expectation.h). A plain response cannot be unfolded, as it lacks the
 * tokens. */
#include "proxy/openai/wire/fold_internal.h"

/* Most member names of the events before the last. */
enum { MEMBERS_MOST = 32 };

static bool is_of_first(const struct json_node *object)
{
	struct json_node *index = json_node_member(object, "index");
	return !index || json_node_number(index) == 0;
}

static bool has(const struct json_node *object, struct slice name)
{
	const struct json_node *member = object->first;
	while (member && !slice_equal(member->name, name))
		member = member->next;
	return member;
}

/* Collects the names of an event's members, except prompt_progress, which is only progress. */
static bool note_members(struct folding *f, struct json_node *event)
{
	for (struct json_node *member; (member = json_node_shift(event));) {
		if (slice_is(member->name, "prompt_progress") || has(f->members, member->name))
			continue;
		json_node_adopt(f->members, member);
	}
	return json_node_count(f->members) <= MEMBERS_MOST;
}

/* False: a member of an earlier event is missing in the last one; no known plain response has
 * it. */
static bool end_with(struct folding *f, struct json_node *event)
{
	const struct json_node *tokens = json_node_member(event, "tokens");
	if (json_node_count(event) > (size_t)4 * MEMBERS_MOST || (tokens && tokens->first))
		return false;
	for (const struct json_node *member = f->members->first; member; member = member->next)
		if (!has(event, member->name))
			return false;
	/* The setting describes the request, which is now a plain one. */
	struct json_node *streamed =
	    json_node_member(json_node_member(event, "generation_settings"), "stream");
	if (json_node_is_kind(streamed, JSON_TRUE)) {
		streamed->kind = JSON_FALSE;
		streamed->text = slice_of("false");
	}
	json_node_set(event, "content", f->content);
	f->answer = event;
	return true;
}

bool fold_native(struct folding *f, struct json_node *event)
{
	struct json_node *stop = json_node_member(event, "stop");
	struct json_node *content = json_node_member(event, "content");
	f->ended = json_node_is_kind(stop, JSON_TRUE);
	if (f->choices || !is_of_first(event) || !json_node_is_kind(content, JSON_STRING) ||
	    (!f->ended && !json_node_is_kind(stop, JSON_FALSE)) ||
	    json_node_member(event, "completion_probabilities"))
		return false;
	if (!f->content) {
		f->content = json_tree_string(f->tree, slice_of(""));
		f->members = json_tree_object(f->tree);
	}
	json_node_append(f->content, json_tree_string(f->tree, content->text));
	return f->ended ? end_with(f, event) : note_members(f, event);
}
