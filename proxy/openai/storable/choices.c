#include "proxy/openai/storable/choices.h"

#include "proxy/openai/storable/cjson_view.h"

/* Sets the bit. Returns 1 if it was not set before, else 0. */
static unsigned mark(uint64_t *bits, unsigned index)
{
	uint64_t bit = UINT64_C(1) << (index % 64);
	bool first = !(bits[index / 64] & bit);
	bits[index / 64] |= bit;
	return first;
}

static bool is_marked(const uint64_t *bits, unsigned index)
{
	return bits[index / 64] & UINT64_C(1) << (index % 64);
}

/* OpenRouter puts an upstream's error into the choice. */
static enum verdict shape_verdict(const cJSON *choice, const struct choice_shape *shape)
{
	if (cjson_view_member(choice, "error"))
		return VERDICT_ERROR_INSIDE;
	return shape->is_kind(cjson_view_member(choice, shape->member)) ? VERDICT_FINE
									: VERDICT_UNEXPECTED_SHAPE;
}

/* A choice must end once, with one of the reasons below. */
static enum verdict read_reason(struct choices *c, unsigned index, const cJSON *choice)
{
	if (!mark(c->finished, index))
		return VERDICT_FINISH_REASON;
	c->finished_count++;
	c->finished_last = index;
	if (cjson_view_is(choice, "finish_reason", "stop"))
		return VERDICT_FINE;
	bool calls = cjson_view_is(choice, "finish_reason", "tool_calls") ||
		     cjson_view_is(choice, "finish_reason", "function_call");
	if (calls)
		mark(c->expects_calls, index);
	bool cut = cjson_view_is(choice, "finish_reason", "length");
	if (cut)
		c->cut_count += mark(c->cut, index);
	return calls || cut ? VERDICT_FINE : VERDICT_FINISH_REASON;
}

/* A choice must not have content after its end. */
static enum verdict read_content(struct choices *c, unsigned index, const cJSON *content,
				 const struct choice_shape *shape)
{
	unsigned contents = shape->contents(content);
	if (contents && is_marked(c->finished, index))
		return VERDICT_FINISH_REASON;
	if (contents & CHOICE_REASONING)
		mark(c->has_reasoning, index);
	if (contents & (CHOICE_CONTENT | CHOICE_CALLS))
		mark(c->has_content, index);
	if (contents & CHOICE_CALLS)
		mark(c->has_calls, index);
	return VERDICT_FINE;
}

static enum verdict read_choice(struct choices *c, unsigned index, const cJSON *choice,
				const struct choice_shape *shape)
{
	enum verdict verdict = shape_verdict(choice, shape);
	if (verdict != VERDICT_FINE)
		return verdict;
	c->seen_count += mark(c->seen, index);
	if (index >= c->end)
		c->end = index + 1;
	verdict = read_content(c, index, cjson_view_member(choice, shape->member), shape);
	bool ends = cjson_view_member(choice, "finish_reason");
	return verdict == VERDICT_FINE && ends ? read_reason(c, index, choice) : verdict;
}

/* False: there is no index, or it is out of range. */
static bool read_index(const cJSON *choice, unsigned *index)
{
	return cjson_view_number(cjson_view_member(choice, "index"), index) &&
	       *index < CHOICES_MOST;
}

enum verdict choices_of_body(struct choices *c, const cJSON *root, const struct choice_shape *shape)
{
	const cJSON *choices = cjson_view_member(root, "choices");
	if (!cJSON_IsArray(choices) || !choices->child)
		return VERDICT_NO_CHOICES;
	enum verdict verdict = VERDICT_FINE;
	const cJSON *choice;
	unsigned place = 0;
	cJSON_ArrayForEach (choice, choices) {
		unsigned index = place++;
		if (index >= CHOICES_MOST ||
		    (cjson_view_member(choice, "index") && !read_index(choice, &index)))
			return VERDICT_UNEXPECTED_SHAPE;
		if (is_marked(c->seen, index))
			return VERDICT_WRONG_CHOICES;
		verdict = read_choice(c, index, choice, shape);
		if (verdict != VERDICT_FINE)
			return verdict;
	}
	return VERDICT_FINE;
}

enum verdict choices_of_event(struct choices *c, const cJSON *event,
			      const struct choice_shape *shape)
{
	const cJSON *choices = cjson_view_member(event, "choices");
	if (!cJSON_IsArray(choices))
		return VERDICT_UNEXPECTED_SHAPE;
	enum verdict verdict = VERDICT_FINE;
	const cJSON *choice;
	cJSON_ArrayForEach (choice, choices) {
		unsigned index;
		if (verdict != VERDICT_FINE)
			return verdict;
		verdict = read_index(choice, &index) ? read_choice(c, index, choice, shape)
						     : VERDICT_UNEXPECTED_SHAPE;
	}
	return verdict;
}

void choices_prove(struct choices *c, const cJSON *event)
{
	const cJSON *choice =
	    cjson_view_member(event, "choices") ? cjson_view_member(event, "choices")->child : NULL;
	bool one = choice && !choice->next && cjson_view_member(choice, "finish_reason");
	if (c->finished_count && (one || !choice))
		mark(c->proven, c->finished_last);
}

bool choices_proven(const struct choices *c, bool first)
{
	for (size_t i = 0; i < CHOICES_MOST / 64; i++)
		if (c->cut[i] & ~(c->proven[i] | (i == 0 && first)))
			return false;
	return true;
}

/* Whether every choice has content. A tool call counts as content, and a choice that finished
 * because of tool calls must have one. Reasoning counts only if a limit cut the choice short,
 * because no content could follow then. */
static bool have_content(const struct choices *c)
{
	for (size_t i = 0; i < CHOICES_MOST / 64; i++) {
		uint64_t content = c->has_content[i] | (c->has_reasoning[i] & c->cut[i]);
		if (content != c->seen[i] || c->expects_calls[i] & ~c->has_calls[i])
			return false;
	}
	return true;
}

enum verdict choices_finish(const struct choices *c, unsigned expected, bool empty)
{
	if (c->seen_count == 0)
		return VERDICT_NO_CHOICES;
	if (c->seen_count != c->end)
		return VERDICT_UNEXPECTED_SHAPE;
	if (c->finished_count != c->seen_count)
		return VERDICT_FINISH_REASON;
	if (expected && c->seen_count != expected)
		return VERDICT_WRONG_CHOICES;
	return empty || have_content(c) ? VERDICT_FINE : VERDICT_EMPTY_ANSWER;
}
