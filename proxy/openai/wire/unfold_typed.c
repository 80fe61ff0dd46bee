/* Announcing objects whose values are sent later. */
#include "proxy/openai/wire/unfold_typed.h"

static const struct blank *find_blank(const struct json_node *member, const struct blank *blanks,
				      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(member->name, blanks[i].name))
			return &blanks[i];
	return NULL;
}

static struct json_node *copy_or_blank(struct unfolding *u, const struct json_node *member,
				       const struct blank *blank)
{
	struct json_node *made = NULL;
	if (blank && member->kind != JSON_NULL)
		made = json_tree_read(u->tree, slice_of(blank->json));
	if (!made) /* also if memory ran out, which the tree reports */
		made = blank ? json_tree_null(u->tree) : json_tree_copy(u->tree, member);
	made->key = member->key;
	made->name = member->name;
	return made;
}

struct json_node *unfold_blank(struct unfolding *u, const struct json_node *object,
			       const struct blank *blanks, size_t count)
{
	struct json_node *copy = json_tree_object(u->tree);
	for (const struct json_node *m = object->first; m && !json_tree_failed(u->tree);
	     m = m->next)
		json_node_adopt(copy, copy_or_blank(u, m, find_blank(m, blanks, count)));
	return copy;
}

/* One part of the object gets the memory limit of the whole object. */
struct json_tree *unfold_enter(struct unfolding *u)
{
	struct json_tree *outer = u->tree;
	u->tree = json_tree_create(json_tree_limit(u->frame.limit));
	return outer;
}

void unfold_leave(struct unfolding *u, struct json_tree *outer)
{
	u->failed = u->failed || json_tree_failed(u->tree);
	json_tree_destroy(&u->tree);
	u->tree = outer;
}
