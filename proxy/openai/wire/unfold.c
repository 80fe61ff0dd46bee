#include "proxy/openai/wire/unfold.h"

#include "proxy/openai/wire/fold_internal.h"

/* An event is a part of the object and what goes around it. */
enum { FRAME_AROUND = 1 << 16 };

/* Each event repeats the envelope: an answer with a model's name of many kilobytes would become one
 * that is thousands of times as long. A usual envelope around letters that are words of their own
 * makes it 150 times as long. */
enum { MOST_TIMES = 256, MOST_MORE = 1 << 16 };

static bool unfold_family(enum endpoint_family family, struct unfolding *u,
			  struct json_node *object)
{
	switch (family) {
	case FAMILY_CHAT:
		return unfold_chat(u, object);
	case FAMILY_COMPLETIONS:
		return unfold_completions(u, object);
	case FAMILY_RESPONSES:
		return unfold_responses(u, object);
	case FAMILY_MESSAGES:
		return unfold_messages(u, object);
	default:
		return false;
	}
}

bool unfold(enum endpoint_family family, struct slice object, const struct unfold_options *options)
{
	scoped(json_tree_destroy) struct json_tree *tree =
	    json_tree_create(fold_tree_limit(object.len));
	struct json_node *root = json_tree_read(tree, object);
	if (!root || root->kind != JSON_OBJECT_OPEN || json_node_value(root, "error"))
		return false;
	struct unfolding u = {
	    .tree = tree,
	    .options = options,
	    .frame = buf_make(2 * object.len + FRAME_AROUND),
	    .left = MOST_TIMES * object.len + MOST_MORE,
	};
	bool fine = unfold_family(family, &u, root) && !u.failed && !json_tree_failed(tree);
	buf_finish(&u.frame);
	return fine;
}
