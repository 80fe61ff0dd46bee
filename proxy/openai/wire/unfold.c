#include "proxy/openai/wire/unfold.h"

#include "proxy/openai/wire/unfold_internal.h"

/* Room in a frame for the bytes around parts of the object. */
enum { FRAME_AROUND = 1 << 16 };

/* Limit of the stream's length. Each event repeats the envelope, so a model name of many kilobytes
 * would make the stream thousands of times as long as the object. A usual envelope around words of
 * one letter makes it 150 times as long. */
enum { LENGTH_FACTOR = 256, LENGTH_EXTRA = 1 << 16 };

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
	    json_tree_create(json_tree_limit(object.len));
	struct json_node *root = json_tree_read(tree, object);
	if (!root || root->kind != JSON_OBJECT_OPEN || json_node_value(root, "error"))
		return false;
	struct unfolding u = {
	    .tree = tree,
	    .options = options,
	    .frame = buf_make(2 * object.len + FRAME_AROUND),
	    .left = LENGTH_FACTOR * object.len + LENGTH_EXTRA,
	};
	bool fine = unfold_family(family, &u, root) && !u.failed && !json_tree_failed(tree);
	buf_finish(&u.frame);
	return fine;
}
