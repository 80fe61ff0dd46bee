/* Chat and completions: one choice after the other, each as a sequence of events. All events use
 * one node tree in which only the changed values are replaced; so a piece needs no memory. */
#include "proxy/openai/wire/unfold_internal.h"

#include "proxy/openai/storable/choices.h"
#include "proxy/openai/wire/merge.h"

/* One response while it is sent. */
struct sender {
	struct unfolding *u;
	struct json_node *chunk;   /* the event: the envelope and `choices` */
	struct json_node *choices; /* [choice] */
	struct json_node *choice;  /* the current one */
	const char *part;	   /* member of a choice in an event with its content */
	struct json_node *usage;   /* NULL: not sent */
	bool separate_usage;	   /* usage goes in an event without choices, at the end */
	bool has_timings;	   /* the response has `timings`: it is llama.cpp's */
	/* an object with the response's other members, which are sent once */
	struct json_node *rest;
};

/* ## Events */

/* Sends an event. All logprobs go with one event, because nothing tells which of them belong to
 * which text. */
static void send(struct sender *s, struct json_node *part)
{
	json_node_set(s->choice, s->part, part);
	unfold_send(s->u, NULL, s->chunk);
	if (json_node_value(s->choice, "logprobs"))
		json_node_take(s->choice, "logprobs");
}

/* Sends a text piece by piece. `leaf`, a string somewhere in the part, is set to each piece in
 * turn. An empty text is one piece. */
static void send_pieces(struct sender *s, struct json_node *part, struct json_node *leaf,
			struct slice text)
{
	do {
		leaf->text = text.len ? unfold_piece(&text, s->u->options->piece) : text;
		send(s, part);
	} while (text.len && !s->u->failed);
}

static void adopt_all(struct json_node *into, struct json_node *from)
{
	for (struct json_node *member; (member = json_node_shift(from));)
		json_node_adopt(into, member);
}

static void begin_choice(struct sender *s, struct json_node *index)
{
	s->choice = json_tree_object(s->u->tree);
	json_node_set(s->choice, "index", index);
	json_node_set(s->choice, "finish_reason", json_tree_null(s->u->tree));
	json_node_shift(s->choices);
	json_node_append(s->choices, s->choice);
}

/* The event that finishes a choice has the remaining members of the choice. The last one also has
 * those of the response, unless another event follows. */
static void finish_choice(struct sender *s, struct json_node *part, struct json_node *reason,
			  struct json_node *from, bool last)
{
	json_node_set(s->choice, "finish_reason", reason);
	adopt_all(s->choice, from);
	if (last && !s->separate_usage) {
		adopt_all(s->chunk, s->rest);
		if (s->usage)
			json_node_set(s->chunk, "usage", s->usage);
	}
	send(s, part);
}

static void finish_answer(struct sender *s)
{
	if (s->separate_usage) {
		json_node_set(s->chunk, "choices", json_tree_array(s->u->tree));
		json_node_set(s->chunk, "usage", s->usage);
		adopt_all(s->chunk, s->rest);
		unfold_send(s->u, NULL, s->chunk);
	}
	unfold_send_done(s->u);
}

/* ## Responses */

/* Whether fold would accept and keep everything: the object is not too large and has no members
 * that fold drops. */
static bool is_foldable(const struct json_node *object)
{
	return json_node_is_kind(object, JSON_OBJECT_OPEN) &&
	       json_node_count(object) < MERGE_MEMBERS &&
	       !json_node_member(object, "obfuscation") &&
	       !json_node_member(object, "prompt_progress");
}

static void make_envelope(struct sender *s, struct json_node *object, const char *kind)
{
	static const char *const names[] = {
	    "id", "object", "created", "model", "system_fingerprint", "service_tier",
	};
	s->chunk = json_tree_object(s->u->tree);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct json_node *member = json_node_take(object, names[i]);
		if (member)
			json_node_adopt(s->chunk, member);
	}
	json_node_set(s->chunk, "object", json_tree_string(s->u->tree, slice_of(kind)));
	s->choices = json_tree_array(s->u->tree);
	json_node_set(s->chunk, "choices", s->choices);
	s->rest = object;
}

/* Takes the choices out of the response and prepares the envelope; NULL: the response is not
 * understood. */
static struct json_node *begin_answer(struct sender *s, struct json_node *object, const char *kind,
				      const char *event_kind)
{
	struct json_node *choices = json_node_take(object, "choices");
	struct json_node *usage = json_node_take(object, "usage");
	bool counted = json_node_is_kind(usage, JSON_OBJECT_OPEN);
	if (!json_node_is_kind(choices, JSON_ARRAY_OPEN) || !choices->first ||
	    !is_foldable(object) || !json_node_is(json_node_member(object, "object"), kind) ||
	    (s->u->options->usage && !counted))
		return NULL;
	s->usage = counted ? usage : NULL;
	s->has_timings = json_node_value(object, "timings");
	make_envelope(s, object, event_kind);
	return choices;
}

/* llama.cpp's completions report usage beside the last text, requested or not. */
static void place_usage(struct sender *s, bool beside)
{
	s->separate_usage = !beside && s->u->options->usage;
	if (!beside && !s->separate_usage)
		s->usage = NULL;
}

/* Members of a choice that all have, taken out of it. */
struct taken {
	struct json_node *index;
	struct json_node *content; /* the message or text */
	struct json_node *reason;
	struct json_node *logprobs; /* NULL: none */
};

static bool take_choice(struct json_node *choice, int64_t index, const char *content,
			enum json_kind content_kind, struct taken *ret_taken)
{
	if (!is_foldable(choice) || index == CHOICES_MOST)
		return false;
	struct taken t = {
	    .index = json_node_take(choice, "index"),
	    .content = json_node_take(choice, content),
	    .reason = json_node_take(choice, "finish_reason"),
	    .logprobs = json_node_take(choice, "logprobs"),
	};
	*ret_taken = t;
	return json_node_number(t.index) == index && json_node_is_kind(t.content, content_kind) &&
	       json_node_is_kind(t.reason, JSON_STRING);
}

/* ## Chat */

static void send_text(struct sender *s, const char *name, struct slice text)
{
	struct json_node *delta = json_tree_object(s->u->tree);
	struct json_node *leaf = json_tree_string(s->u->tree, text);
	json_node_set(delta, name, leaf);
	send_pieces(s, delta, leaf, text);
}

/* Sends the first delta: the role, a placeholder for the content, and null members. Returns the
 * rest. */
static struct json_node *send_role(struct sender *s, struct json_node *message)
{
	struct json_node *delta = json_tree_object(s->u->tree);
	struct json_node *rest = json_tree_object(s->u->tree);
	struct json_node *role = json_node_take(message, "role");
	if (role)
		json_node_adopt(delta, role);
	if (json_node_value(message, "content"))
		json_node_set(delta, "content", json_tree_string(s->u->tree, slice_of("")));
	for (struct json_node *member; (member = json_node_shift(message));)
		json_node_adopt(member->kind == JSON_NULL ? delta : rest, member);
	send(s, delta);
	return rest;
}

/* llama.cpp's null in a first delta means an empty content, so content that is null is sent
 * again. */
static void send_null_content(struct sender *s)
{
	struct json_node *delta = json_tree_object(s->u->tree);
	json_node_set(delta, "content", json_tree_null(s->u->tree));
	send(s, delta);
}

static void send_texts(struct sender *s, struct json_node *message, struct json_node *logprobs)
{
	static const char *const names[] = {
	    "reasoning",
	    "reasoning_content",
	    "content",
	    "refusal",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct json_node *text = json_node_member(message, names[i]);
		if (!json_node_is_kind(text, JSON_STRING))
			continue;
		json_node_take(message, names[i]);
		if (logprobs && strcmp(names[i], "content") == 0)
			json_node_set(s->choice, "logprobs", logprobs);
		send_text(s, names[i], text->text);
	}
}

/* Returns {"tool_calls":[call]}, with the call's index. */
static struct json_node *call_delta(struct sender *s, struct json_node *call, int64_t index)
{
	struct json_node *delta = json_tree_object(s->u->tree);
	struct json_node *calls = json_tree_array(s->u->tree);
	json_node_set(delta, "tool_calls", calls);
	json_node_append(calls, call);
	json_node_set(call, "index", json_tree_number(s->u->tree, index));
	return delta;
}

static void send_arguments(struct sender *s, struct slice arguments, int64_t index)
{
	struct json_node *call = json_tree_object(s->u->tree);
	struct json_node *function = json_tree_object(s->u->tree);
	struct json_node *leaf = json_tree_string(s->u->tree, arguments);
	json_node_set(call, "function", function);
	json_node_set(function, "arguments", leaf);
	send_pieces(s, call_delta(s, call, index), leaf, arguments);
}

/* Sends the call without arguments first, then the arguments in pieces. */
static void send_call(struct sender *s, struct json_node *call, int64_t index)
{
	struct json_node *function = json_node_member(call, "function");
	struct json_node *arguments = json_node_member(function, "arguments");
	bool in_pieces = json_node_is_kind(arguments, JSON_STRING) && arguments->text.len;
	if (in_pieces)
		json_node_set(function, "arguments", json_tree_string(s->u->tree, slice_of("")));
	send(s, call_delta(s, call, index));
	if (in_pieces)
		send_arguments(s, arguments->text, index);
}

static bool are_calls(const struct json_node *calls)
{
	if (json_node_count(calls) >= MERGE_ELEMENTS)
		return false;
	for (const struct json_node *call = calls->first; call; call = call->next) {
		const struct json_node *function = json_node_member(call, "function");
		if (!is_foldable(call) || json_node_member(call, "index") ||
		    (function && json_node_count(function) >= MERGE_MEMBERS))
			return false;
	}
	return true;
}

/* NULL: there are no calls; any other value of tool_calls is sent as it is. */
static struct json_node *take_calls(struct json_node *message)
{
	struct json_node *calls = json_node_member(message, "tool_calls");
	bool some = json_node_is_kind(calls, JSON_ARRAY_OPEN) && calls->first;
	return some ? json_node_take(message, "tool_calls") : NULL;
}

static void send_message(struct sender *s, struct json_node *message, struct json_node *logprobs)
{
	struct json_node *content = json_node_member(message, "content");
	bool logprobs_later =
	    json_node_is_kind(content, JSON_STRING) && logprobs && logprobs->kind != JSON_NULL;
	struct json_node *calls = take_calls(message);
	if (logprobs && !logprobs_later)
		json_node_set(s->choice, "logprobs", logprobs);
	struct json_node *rest = send_role(s, message);
	if (json_node_is_kind(content, JSON_NULL) && s->has_timings)
		send_null_content(s);
	send_texts(s, rest, logprobs_later ? logprobs : NULL);
	if (rest->first)
		send(s, rest);
	for (int64_t i = 0; calls && calls->first; i++)
		send_call(s, json_node_shift(calls), i);
}

static bool is_message(const struct json_node *message)
{
	const struct json_node *content = json_node_value(message, "content");
	const struct json_node *calls = json_node_member(message, "tool_calls");
	return is_foldable(message) && (!content || content->kind == JSON_STRING) &&
	       (!json_node_is_kind(calls, JSON_ARRAY_OPEN) || are_calls(calls));
}

bool unfold_chat(struct unfolding *u, struct json_node *object)
{
	struct sender s = {.u = u, .part = "delta"};
	struct json_node *choices =
	    begin_answer(&s, object, "chat.completion", "chat.completion.chunk");
	if (!choices)
		return false;
	place_usage(&s, false);
	int64_t index = 0;
	for (struct json_node *choice; (choice = json_node_shift(choices)) && !u->failed; index++) {
		struct taken t;
		if (!take_choice(choice, index, "message", JSON_OBJECT_OPEN, &t) ||
		    !is_message(t.content) || json_node_member(choice, "delta"))
			return false;
		begin_choice(&s, t.index);
		send_message(&s, t.content, t.logprobs);
		finish_choice(&s, json_tree_object(u->tree), t.reason, choice, !choices->first);
	}
	finish_answer(&s);
	return true;
}

/* ## Completions */

static void send_completion(struct sender *s, const struct taken *t)
{
	struct json_node *leaf = json_tree_string(s->u->tree, t->content->text);
	if (t->logprobs)
		json_node_set(s->choice, "logprobs", t->logprobs);
	if (leaf->text.len)
		send_pieces(s, leaf, leaf, leaf->text);
}

bool unfold_completions(struct unfolding *u, struct json_node *object)
{
	struct sender s = {.u = u, .part = "text"};
	struct json_node *choices = begin_answer(&s, object, "text_completion", "text_completion");
	if (!choices)
		return false;
	place_usage(&s, s.has_timings);
	int64_t index = 0;
	for (struct json_node *choice; (choice = json_node_shift(choices)) && !u->failed; index++) {
		struct taken t;
		if (!take_choice(choice, index, "text", JSON_STRING, &t))
			return false;
		begin_choice(&s, t.index);
		send_completion(&s, &t);
		finish_choice(&s, json_tree_string(u->tree, slice_of("")), t.reason, choice,
			      !choices->first);
	}
	finish_answer(&s);
	return true;
}
