/* Announcing what is told later. */
#include "proxy/openai/wire/unfold_typed.h"

static const struct blank *find_blank(const struct node *member, const struct blank *blanks,
				      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(member->name, blanks[i].name))
			return &blanks[i];
	return NULL;
}

static struct node *copy_or_blank(struct unfolding *u, const struct node *member,
				  const struct blank *blank)
{
	struct node *made = NULL;
	if (blank && member->kind != JSON_NULL)
		made = tree_read(u->tree, slice_of(blank->json));
	if (!made) /* no memory, too: the tree knows */
		made = blank ? tree_null(u->tree) : tree_copy(u->tree, member);
	made->key = member->key;
	made->name = member->name;
	return made;
}

struct node *unfold_blank(struct unfolding *u, const struct node *object,
			  const struct blank *blanks, size_t count)
{
	struct node *copy = tree_object(u->tree);
	for (const struct node *m = object->first; m && !tree_failed(u->tree); m = m->next)
		node_adopt(copy, copy_or_blank(u, m, find_blank(m, blanks, count)));
	return copy;
}

/* A part of the object needs no more than all of it may. */
struct tree *unfold_enter(struct unfolding *u)
{
	struct tree *outer = u->tree;
	u->tree = tree_create(fold_tree_limit(u->frame.limit));
	return outer;
}

void unfold_leave(struct unfolding *u, struct tree *outer)
{
	u->failed = u->failed || tree_failed(u->tree);
	tree_destroy(&u->tree);
	u->tree = outer;
}
