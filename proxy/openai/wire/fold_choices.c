/* Chat and completions: events with choices, which may be interleaved in any order. */
#include "proxy/openai/wire/fold_internal.h"

#include "proxy/openai/storable/choices.h"
#include "proxy/openai/wire/merge.h"

/* One choice so far. */
struct slot {
	struct json_node *choice; /* everything but its content; NULL: choice not seen */
	struct json_node *content;
	/* the null or empty content of a delta with `role` */
	struct json_node *placeholder;
};

/* A value that most upstreams send once for all choices, and llama.cpp once for each choice. */
struct kept {
	struct json_node *node; /* NULL: not seen */
	bool separate;		/* it came in an event without choices */
	int64_t choice;		/* index of the choice it came with; -1: none */
	bool several;		/* it came with other choices too */
};

struct fold_choices {
	struct slot *slots; /* by index */
	size_t room;
	size_t end; /* the highest index seen plus one */
	struct kept usage;
	struct kept timings;
	int64_t finished; /* index of the choice that finished last; -1: none */
};

/* The differences between chat and completions. */
struct shape {
	const char *event;   /* value of `object` in an event */
	const char *answer;  /* and in the folded object */
	const char *part;    /* member of a choice in an event with its content */
	const char *content; /* and in the folded object */
	struct json_node *(*begin)(struct json_tree *t);
	bool (*add)(struct json_tree *t, struct slot *slot, struct json_node *part);
	bool (*finish)(struct folding *f, struct slot *slot);
};

/* ## Choices by their index */

/* Makes room for the slot `index`, moving the slots if necessary. */
static bool make_room(struct folding *f, size_t index)
{
	struct fold_choices *c = f->choices;
	size_t room = c->room ? c->room : 1;
	while (room <= index)
		room *= 2;
	if (room == c->room)
		return true;
	struct slot *slots = (void *)json_tree_bytes(f->tree, room * sizeof(*slots));
	if (!slots)
		return false;
	memset(slots, 0, room * sizeof(*slots));
	if (c->end)
		memcpy(slots, c->slots, c->end * sizeof(*slots));
	c->slots = slots;
	c->room = room;
	return true;
}

/* NULL: the index is out of range, or there is no memory. */
static struct slot *slot_at(struct folding *f, int64_t index, const struct shape *shape)
{
	struct fold_choices *c = f->choices;
	if (index < 0 || index >= CHOICES_MOST || !make_room(f, (size_t)index))
		return NULL;
	struct slot *slot = &c->slots[index];
	if (slot->choice)
		return slot;
	slot->choice = json_tree_object(f->tree);
	json_node_set(slot->choice, "index", json_tree_number(f->tree, index));
	slot->content = shape->begin(f->tree);
	if ((size_t)index >= c->end)
		c->end = (size_t)index + 1;
	return slot;
}

static bool fold_choice(struct folding *f, struct json_node *choice, const struct shape *shape)
{
	struct json_node *index = json_node_take(choice, "index");
	struct json_node *part = json_node_take(choice, shape->part);
	struct slot *slot = slot_at(f, json_node_number(index), shape);
	if (!slot || !part || !shape->add(f->tree, slot, part))
		return false;
	if (json_node_value(choice, "finish_reason"))
		f->choices->finished = json_node_number(index);
	for (struct json_node *member; (member = json_node_shift(choice));)
		if (!merge_member(slot->choice, member, MERGE_CHOICE))
			return false;
	return true;
}

/* ## Events */

/* Keeps a usage or timings. One from an event without choices is final and takes precedence over
 * one from an event with choices, which may be interim. With one choice the latest counts; with
 * several, the first choice's, as in llama.cpp's plain response. */
static void keep(struct kept *kept, struct json_node *node, bool separate, int64_t choice)
{
	if (kept->node && kept->separate && !separate)
		return;
	if (!kept->node || kept->separate != separate) {
		*kept = (struct kept){node, separate, choice, false};
		return;
	}
	kept->several = kept->several || (kept->choice >= 0 && kept->choice != choice);
	if (kept->several && choice != 0)
		return;
	kept->node = node;
	kept->choice = choice;
}

static void keep_sums(struct fold_choices *c, struct json_node *event, bool separate,
		      int64_t choice)
{
	struct json_node *usage = json_node_take(event, "usage");
	if (json_node_is_kind(usage, JSON_OBJECT_OPEN))
		keep(&c->usage, usage, separate, choice);
	if (json_node_value(event, "timings"))
		keep(&c->timings, json_node_take(event, "timings"), separate, choice);
}

/* Merges the envelope and unknown members. */
static bool keep_rest(struct folding *f, struct json_node *event)
{
	/* Members about the transfer, not the response: OpenAI's padding, llama.cpp's
	 * progress. */
	static const char *const passing[] = {"object", "obfuscation", "prompt_progress"};
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		json_node_take(event, passing[i]);
	for (struct json_node *member; (member = json_node_shift(event));)
		if (!merge_member(f->answer, member, MERGE_EVENT))
			return false;
	return true;
}

static bool begin(struct folding *f)
{
	if (f->answer)
		return f->choices;
	f->answer = json_tree_object(f->tree);
	f->choices = (void *)json_tree_bytes(f->tree, sizeof(*f->choices));
	if (f->choices)
		*f->choices = (struct fold_choices){.finished = -1};
	return f->choices;
}

/* Azure starts with an event without choices, in which unknown strings are empty. */
static bool is_understood(const struct json_node *event, const struct json_node *choices,
			  const struct shape *shape)
{
	const struct json_node *object = json_node_member(event, "object");
	return json_node_is_kind(choices, JSON_ARRAY_OPEN) &&
	       (json_node_is(object, shape->event) ||
		(!choices->first && json_node_is_empty_string(object)));
}

static bool fold_event(struct folding *f, struct json_node *event, const struct shape *shape)
{
	struct json_node *choices = json_node_take(event, "choices");
	if (!begin(f) || !is_understood(event, choices, shape))
		return false;
	bool separate = !choices->first;
	int64_t first_index = json_node_number(json_node_member(choices->first, "index"));
	for (struct json_node *choice; (choice = json_node_shift(choices));)
		if (choice->kind != JSON_OBJECT_OPEN || !fold_choice(f, choice, shape))
			return false;
	keep_sums(f->choices, event, separate, separate ? f->choices->finished : first_index);
	return keep_rest(f, event);
}

/* ## The end */

/* False: the choice was not seen, or did not finish. */
static bool finish_slot(struct folding *f, struct slot *slot, const struct shape *shape)
{
	struct json_node *reason = json_node_member(slot->choice, "finish_reason");
	if (!json_node_is_kind(reason, JSON_STRING) || !shape->finish(f, slot) ||
	    json_node_member(slot->choice, shape->content))
		return false;
	json_node_set(slot->choice, shape->content, slot->content);
	return true;
}

/* Completes the object. A plain response always has usage. If choices had different usages, only
 * llama.cpp's plain response is known. */
static bool finish(struct folding *f, const struct shape *shape)
{
	struct fold_choices *c = f->choices;
	if (!f->done || !c || !c->end || !c->usage.node || (c->usage.several && !c->timings.node))
		return false;
	struct json_node *choices = json_tree_array(f->tree);
	for (size_t i = 0; i < c->end; i++) {
		if (!finish_slot(f, &c->slots[i], shape))
			return false;
		json_node_append(choices, c->slots[i].choice);
	}
	json_node_set(f->answer, "object", json_tree_string(f->tree, slice_of(shape->answer)));
	json_node_set(f->answer, "choices", choices);
	json_node_set(f->answer, "usage", c->usage.node);
	if (c->timings.node)
		json_node_set(f->answer, "timings", c->timings.node);
	return true;
}

/* ## Chat */

/* The null or empty content of a first delta is a placeholder for what follows. */
static void take_placeholder(struct slot *slot, struct json_node *delta)
{
	struct json_node *content = json_node_member(delta, "content");
	bool is_empty =
	    content && (content->kind == JSON_NULL || json_node_is_empty_string(content));
	if (json_node_value(delta, "role") && is_empty)
		slot->placeholder = json_node_take(delta, "content");
}

static bool add_delta(struct json_tree *t, struct slot *slot, struct json_node *delta)
{
	if (delta->kind != JSON_OBJECT_OPEN)
		return false;
	take_placeholder(slot, delta);
	struct json_node *content = json_node_value(delta, "content");
	if (content && content->kind != JSON_STRING)
		return false;
	for (struct json_node *member; (member = json_node_shift(delta));)
		if (!merge_member(slot->content, member, MERGE_DELTA))
			return false;
	return true;
}

static bool put_by_index(struct json_node **sorted, size_t count, struct json_node *call)
{
	struct json_node *index =
	    call->kind == JSON_OBJECT_OPEN ? json_node_take(call, "index") : NULL;
	int64_t place = json_node_number(index);
	if (place < 0 || (size_t)place >= count || sorted[place])
		return false;
	sorted[place] = call;
	return true;
}

/* Gemini streams whole calls without an index. A fragment of a call has no name. */
static bool are_whole(const struct json_node *calls)
{
	for (const struct json_node *call = calls->first; call; call = call->next) {
		const struct json_node *name =
		    json_node_member(json_node_member(call, "function"), "name");
		if (json_node_member(call, "index") || !json_node_is_kind(name, JSON_STRING) ||
		    json_node_is_empty_string(name))
			return false;
	}
	return true;
}

/* Sorts the calls by index and removes it; in a plain response the position is the index. */
static bool sort_calls(struct json_tree *t, struct json_node *calls)
{
	if (!json_node_member(calls->first, "index"))
		return are_whole(calls);
	size_t count = json_node_count(calls);
	struct json_node **sorted = (void *)json_tree_bytes(t, count * sizeof(*sorted));
	if (!sorted)
		return false;
	for (size_t i = 0; i < count; i++)
		sorted[i] = NULL;
	for (size_t i = 0; i < count; i++)
		if (!put_by_index(sorted, count, json_node_shift(calls)))
			return false;
	for (size_t i = 0; i < count; i++)
		json_node_append(calls, sorted[i]);
	return true;
}

/* Content of a message that only had the placeholder. Upstreams differ in their plain responses:
 * llama.cpp has an empty string where it streams null; others have null if the message has
 * something else instead. */
static struct json_node *empty_content(struct folding *f, const struct slot *slot)
{
	static const char *const instead[] = {"tool_calls", "function_call", "refusal"};
	if (f->choices->timings.node && slot->placeholder->kind == JSON_NULL)
		return json_tree_string(f->tree, slice_of(""));
	for (size_t i = 0; i < sizeof(instead) / sizeof(instead[0]); i++) {
		struct json_node *said = json_node_value(slot->content, instead[i]);
		if (said && !(json_node_is_kind(said, JSON_ARRAY_OPEN) && !said->first))
			return json_tree_null(f->tree);
	}
	return slot->placeholder;
}

static bool finish_message(struct folding *f, struct slot *slot)
{
	struct json_node *calls = json_node_member(slot->content, "tool_calls");
	if (json_node_is_kind(calls, JSON_ARRAY_OPEN) && !sort_calls(f->tree, calls))
		return false;
	if (slot->placeholder && !json_node_member(slot->content, "content"))
		json_node_set(slot->content, "content", empty_content(f, slot));
	return true;
}

static const struct shape chat = {
    "chat.completion.chunk", "chat.completion", "delta",	"message",
    json_tree_object,	     add_delta,		finish_message,
};

static bool chat_event(struct folding *f, struct json_node *event)
{
	return fold_event(f, event, &chat);
}

static bool chat_end(struct folding *f)
{
	return finish(f, &chat);
}

const struct folder folder_chat = {chat_event, chat_end};

/* ## Completions */

static struct json_node *begin_text(struct json_tree *t)
{
	return json_tree_string(t, slice_of(""));
}

static bool add_text(struct json_tree *t, struct slot *slot, struct json_node *text)
{
	if (text->kind != JSON_STRING)
		return false;
	json_node_append(slot->content, text);
	return true;
}

static bool finish_text(struct folding *f, struct slot *slot)
{
	return true;
}

static const struct shape completions = {
    "text_completion", "text_completion", "text", "text", begin_text, add_text, finish_text,
};

static bool completions_event(struct folding *f, struct json_node *event)
{
	if (!json_node_member(event, "choices"))
		return fold_native(f, event);
	return !f->content && fold_event(f, event, &completions);
}

static bool completions_end(struct folding *f)
{
	return f->ended || finish(f, &completions);
}

const struct folder folder_completions = {completions_event, completions_end};
