/* A completion in llama.cpp's own shape, both ways: events of one object's members, the last of
 * which has `stop` true and all that was not said before. There is no [DONE]. One prompt only: no
 * event says how many of several there are. */
#include "proxy/openai/fold_internal.h"

#include "proxy/openai/merge.h"

static bool is_of_first(const struct node *object)
{
	struct node *index = node_member(object, "index");
	return !index || node_number(index) == 0;
}

/* Lists go on from event to event (tokens, completion_probabilities), the rest is said anew. */
bool fold_native(struct folding *f, struct node *event)
{
	struct node *stop = node_member(event, "stop");
	struct node *content = node_take(event, "content");
	f->ended = node_is_kind(stop, JSON_TRUE);
	if (f->choices || !is_of_first(event) || !node_is_kind(content, JSON_STRING) ||
	    (!f->ended && !node_is_kind(stop, JSON_FALSE)))
		return false;
	if (!f->answer) {
		f->answer = tree_object(f->tree);
		node_set(f->answer, "content", tree_string(f->tree, slice_of("")));
	}
	node_append(node_member(f->answer, "content"), content);
	node_take(event, "prompt_progress");
	for (struct node *member; (member = node_shift(event));)
		if (!merge_member(f->answer, member, false))
			return false;
	return true;
}

static struct node *make_false(struct tree *t)
{
	struct node *n = tree_null(t);
	n->kind = JSON_FALSE;
	n->text = slice_of("false");
	return n;
}

static void empty(struct node *list)
{
	while (list && node_shift(list))
		;
}

/* The events before the last one: the content, and with the first of them the tokens. */
static void send_content(struct unfolding *u, struct node *object, struct slice text)
{
	struct node *event = tree_object(u->tree);
	struct node *piece = tree_string(u->tree, text);
	struct node *tokens = node_member(object, "tokens");
	if (node_member(object, "index"))
		node_set(event, "index", tree_number(u->tree, 0));
	node_set(event, "content", piece);
	if (node_is_kind(tokens, JSON_ARRAY_OPEN)) {
		node_set(event, "tokens", node_take(object, "tokens"));
		node_set(object, "tokens", tree_array(u->tree));
	}
	node_set(event, "stop", make_false(u->tree));
	while (text.len && !u->failed) {
		piece->text = unfold_piece(&text, u->options->piece);
		unfold_send(u, NULL, event);
		empty(node_member(event, "tokens"));
	}
}

bool unfold_native(struct unfolding *u, struct node *object)
{
	struct node *content = node_member(object, "content");
	if (!is_of_first(object) || !node_is_kind(content, JSON_STRING) ||
	    !node_is_kind(node_member(object, "stop"), JSON_TRUE) ||
	    node_member(object, "prompt_progress") || node_count(object) >= MERGE_MEMBERS)
		return false;
	struct slice text = content->text;
	node_set(object, "content", tree_string(u->tree, slice_of("")));
	if (text.len)
		send_content(u, object, text);
	unfold_send(u, NULL, object);
	return true;
}
