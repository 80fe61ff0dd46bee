/* Chat and completions: events with choices, which come in any order and go on side by side. */
#include "proxy/openai/wire/fold_internal.h"

#include "proxy/openai/storable/choices.h"
#include "proxy/openai/wire/merge.h"

/* One choice as far as it has come. */
struct slot {
	struct node *choice; /* NULL: not seen. All but its content */
	struct node *content;
	struct node *placeholder; /* the content of a delta with `role`, when that said nothing */
};

/* What is said once for all choices, and by llama.cpp once for each. */
struct kept {
	struct node *node; /* NULL: not said */
	bool apart;	   /* it came in an event without choices */
	int64_t choice;	   /* index of the one that was told of then; -1: none */
	bool several;	   /* it was said of others, too */
};

struct fold_choices {
	struct slot *slots; /* by index */
	size_t room;
	size_t end; /* the highest index seen, and one */
	struct kept usage;
	struct kept timings;
	int64_t finished; /* index of the choice that finished last; -1: none */
};

/* Where chat and completions differ. */
struct shape {
	const char *event;   /* the member `object` of an event, */
	const char *answer;  /* and of the answer */
	const char *part;    /* what a choice of an event brings */
	const char *content; /* and what becomes of it */
	struct node *(*begin)(struct tree *t);
	bool (*add)(struct tree *t, struct slot *slot, struct node *part);
	bool (*finish)(struct folding *f, struct slot *slot);
};

/* ## Choices by their index */

/* The slots moved to where there is room for `index`. */
static bool make_room(struct folding *f, size_t index)
{
	struct fold_choices *c = f->choices;
	size_t room = c->room ? c->room : 1;
	while (room <= index)
		room *= 2;
	if (room == c->room)
		return true;
	struct slot *slots = (void *)tree_bytes(f->tree, room * sizeof(*slots));
	if (!slots)
		return false;
	memset(slots, 0, room * sizeof(*slots));
	if (c->end)
		memcpy(slots, c->slots, c->end * sizeof(*slots));
	c->slots = slots;
	c->room = room;
	return true;
}

/* NULL: no such index is possible, or no memory. */
static struct slot *slot_at(struct folding *f, int64_t index, const struct shape *shape)
{
	struct fold_choices *c = f->choices;
	if (index < 0 || index >= CHOICES_MOST || !make_room(f, (size_t)index))
		return NULL;
	struct slot *slot = &c->slots[index];
	if (slot->choice)
		return slot;
	slot->choice = tree_object(f->tree);
	node_set(slot->choice, "index", tree_number(f->tree, index));
	slot->content = shape->begin(f->tree);
	if ((size_t)index >= c->end)
		c->end = (size_t)index + 1;
	return slot;
}

static bool fold_choice(struct folding *f, struct node *choice, const struct shape *shape)
{
	struct node *index = node_take(choice, "index");
	struct node *part = node_take(choice, shape->part);
	struct slot *slot = slot_at(f, node_number(index), shape);
	if (!slot || !part || !shape->add(f->tree, slot, part))
		return false;
	if (node_value(choice, "finish_reason"))
		f->choices->finished = node_number(index);
	for (struct node *member; (member = node_shift(choice));)
		if (!merge_member(slot->choice, member, MERGE_CHOICE))
			return false;
	return true;
}

/* ## Events */

/* An event without choices tells more than one with them, which may be on the way to it. Of one
 * choice the latest counts; of several choices the first, as in llama.cpp's plain answer. */
static void keep(struct kept *kept, struct node *node, bool apart, int64_t choice)
{
	if (kept->node && kept->apart && !apart)
		return;
	if (!kept->node || kept->apart != apart) {
		*kept = (struct kept){node, apart, choice, false};
		return;
	}
	kept->several = kept->several || (kept->choice >= 0 && kept->choice != choice);
	if (kept->several && choice != 0)
		return;
	kept->node = node;
	kept->choice = choice;
}

static void keep_sums(struct fold_choices *c, struct node *event, bool apart, int64_t choice)
{
	struct node *usage = node_take(event, "usage");
	if (node_is_kind(usage, JSON_OBJECT_OPEN))
		keep(&c->usage, usage, apart, choice);
	if (node_value(event, "timings"))
		keep(&c->timings, node_take(event, "timings"), apart, choice);
}

/* The envelope, and what nobody knows. */
static bool keep_rest(struct folding *f, struct node *event)
{
	/* Of the way, not of the answer: OpenAI's padding, llama.cpp's progress. */
	static const char *const passing[] = {"object", "obfuscation", "prompt_progress"};
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		node_take(event, passing[i]);
	for (struct node *member; (member = node_shift(event));)
		if (!merge_member(f->answer, member, MERGE_EVENT))
			return false;
	return true;
}

static bool begin(struct folding *f)
{
	if (f->answer)
		return f->choices;
	f->answer = tree_object(f->tree);
	f->choices = (void *)tree_bytes(f->tree, sizeof(*f->choices));
	if (f->choices)
		*f->choices = (struct fold_choices){.finished = -1};
	return f->choices;
}

/* Azure begins with an event without choices that has an empty text wherever it knows none yet. */
static bool is_understood(const struct node *event, const struct node *choices,
			  const struct shape *shape)
{
	const struct node *object = node_member(event, "object");
	return node_is_kind(choices, JSON_ARRAY_OPEN) &&
	       (node_is(object, shape->event) || (!choices->first && node_is_empty_string(object)));
}

static bool fold_event(struct folding *f, struct node *event, const struct shape *shape)
{
	struct node *choices = node_take(event, "choices");
	if (!begin(f) || !is_understood(event, choices, shape))
		return false;
	bool apart = !choices->first;
	int64_t about = node_number(node_member(choices->first, "index"));
	for (struct node *choice; (choice = node_shift(choices));)
		if (choice->kind != JSON_OBJECT_OPEN || !fold_choice(f, choice, shape))
			return false;
	keep_sums(f->choices, event, apart, apart ? f->choices->finished : about);
	return keep_rest(f, event);
}

/* ## The end */

/* False: the choice was not seen, or did not finish. */
static bool finish_slot(struct folding *f, struct slot *slot, const struct shape *shape)
{
	struct node *reason = node_member(slot->choice, "finish_reason");
	if (!node_is_kind(reason, JSON_STRING) || !shape->finish(f, slot) ||
	    node_member(slot->choice, shape->content))
		return false;
	node_set(slot->choice, shape->content, slot->content);
	return true;
}

/* A plain answer always has its usage. Which of several that is, we know of llama.cpp alone. */
static bool finish(struct folding *f, const struct shape *shape)
{
	struct fold_choices *c = f->choices;
	if (!f->done || !c || !c->end || !c->usage.node || (c->usage.several && !c->timings.node))
		return false;
	struct node *choices = tree_array(f->tree);
	for (size_t i = 0; i < c->end; i++) {
		if (!finish_slot(f, &c->slots[i], shape))
			return false;
		node_append(choices, c->slots[i].choice);
	}
	node_set(f->answer, "object", tree_string(f->tree, slice_of(shape->answer)));
	node_set(f->answer, "choices", choices);
	node_set(f->answer, "usage", c->usage.node);
	if (c->timings.node)
		node_set(f->answer, "timings", c->timings.node);
	return true;
}

/* ## Chat */

/* The content of a first delta only holds the place of what comes. */
static void take_placeholder(struct slot *slot, struct node *delta)
{
	struct node *content = node_member(delta, "content");
	bool says_nothing =
	    content && (content->kind == JSON_NULL || node_is_empty_string(content));
	if (node_value(delta, "role") && says_nothing)
		slot->placeholder = node_take(delta, "content");
}

static bool add_delta(struct tree *t, struct slot *slot, struct node *delta)
{
	if (delta->kind != JSON_OBJECT_OPEN)
		return false;
	take_placeholder(slot, delta);
	struct node *content = node_value(delta, "content");
	if (content && content->kind != JSON_STRING)
		return false;
	for (struct node *member; (member = node_shift(delta));)
		if (!merge_member(slot->content, member, MERGE_DELTA))
			return false;
	return true;
}

static bool put_by_index(struct node **sorted, size_t count, struct node *call)
{
	struct node *index = call->kind == JSON_OBJECT_OPEN ? node_take(call, "index") : NULL;
	int64_t place = node_number(index);
	if (place < 0 || (size_t)place >= count || sorted[place])
		return false;
	sorted[place] = call;
	return true;
}

/* Gemini streams whole calls without an index. A part of a call has no name. */
static bool are_whole(const struct node *calls)
{
	for (const struct node *call = calls->first; call; call = call->next) {
		const struct node *name = node_member(node_member(call, "function"), "name");
		if (node_member(call, "index") || !node_is_kind(name, JSON_STRING) ||
		    node_is_empty_string(name))
			return false;
	}
	return true;
}

/* In a plain answer their place says the index. */
static bool sort_calls(struct tree *t, struct node *calls)
{
	if (!node_member(calls->first, "index"))
		return are_whole(calls);
	size_t count = node_count(calls);
	struct node **sorted = (void *)tree_bytes(t, count * sizeof(*sorted));
	if (!sorted)
		return false;
	for (size_t i = 0; i < count; i++)
		sorted[i] = NULL;
	for (size_t i = 0; i < count; i++)
		if (!put_by_index(sorted, count, node_shift(calls)))
			return false;
	for (size_t i = 0; i < count; i++)
		node_append(calls, sorted[i]);
	return true;
}

/* Nothing but the placeholder: what the plain answer says then depends on who answers. llama.cpp
 * has an empty string where it streams null; others have null where something else was said. */
static struct node *empty_content(struct folding *f, const struct slot *slot)
{
	static const char *const instead[] = {"tool_calls", "function_call", "refusal"};
	if (f->choices->timings.node && slot->placeholder->kind == JSON_NULL)
		return tree_string(f->tree, slice_of(""));
	for (size_t i = 0; i < sizeof(instead) / sizeof(instead[0]); i++) {
		struct node *said = node_value(slot->content, instead[i]);
		if (said && !(node_is_kind(said, JSON_ARRAY_OPEN) && !said->first))
			return tree_null(f->tree);
	}
	return slot->placeholder;
}

static bool finish_message(struct folding *f, struct slot *slot)
{
	struct node *calls = node_member(slot->content, "tool_calls");
	if (node_is_kind(calls, JSON_ARRAY_OPEN) && !sort_calls(f->tree, calls))
		return false;
	if (slot->placeholder && !node_member(slot->content, "content"))
		node_set(slot->content, "content", empty_content(f, slot));
	return true;
}

static const struct shape chat = {
    "chat.completion.chunk", "chat.completion", "delta", "message", tree_object, add_delta,
    finish_message,
};

static bool chat_event(struct folding *f, struct node *event)
{
	return fold_event(f, event, &chat);
}

static bool chat_end(struct folding *f)
{
	return finish(f, &chat);
}

const struct folder folder_chat = {chat_event, chat_end};

/* ## Completions */

static struct node *begin_text(struct tree *t)
{
	return tree_string(t, slice_of(""));
}

static bool add_text(struct tree *t, struct slot *slot, struct node *text)
{
	if (text->kind != JSON_STRING)
		return false;
	node_append(slot->content, text);
	return true;
}

static bool finish_text(struct folding *f, struct slot *slot)
{
	return true;
}

static const struct shape completions = {
    "text_completion", "text_completion", "text", "text", begin_text, add_text, finish_text,
};

static bool completions_event(struct folding *f, struct node *event)
{
	if (!node_member(event, "choices"))
		return fold_native(f, event);
	return !f->content && fold_event(f, event, &completions);
}

static bool completions_end(struct folding *f)
{
	return f->ended || finish(f, &completions);
}

const struct folder folder_completions = {completions_event, completions_end};
