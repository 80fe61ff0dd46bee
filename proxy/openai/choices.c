#include "proxy/openai/choices.h"

#include "proxy/openai/view.h"

static enum verdict reason_verdict(const cJSON *choice, enum verdict length)
{
	static const char *const good[] = {"stop", "tool_calls", "function_call"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (view_is(choice, "finish_reason", good[i]))
			return VERDICT_FINE;
	return view_is(choice, "finish_reason", "length") ? length : VERDICT_FINISH_REASON;
}

/* OpenRouter puts an upstream's error into the choice. */
static enum verdict shape_verdict(const cJSON *choice, const struct choice_shape *shape)
{
	if (view_member(choice, "error"))
		return VERDICT_ERROR_INSIDE;
	return shape->is_kind(view_member(choice, shape->member)) ? VERDICT_FINE
								  : VERDICT_UNEXPECTED_SHAPE;
}

enum verdict choices_of_body(const cJSON *root, const struct choice_shape *shape,
			     enum verdict length)
{
	const cJSON *choices = view_member(root, "choices");
	if (!cJSON_IsArray(choices) || !choices->child)
		return VERDICT_NO_CHOICES;
	enum verdict verdict = VERDICT_FINE;
	const cJSON *choice;
	cJSON_ArrayForEach (choice, choices) {
		if (verdict == VERDICT_FINE)
			verdict = shape_verdict(choice, shape);
		if (verdict == VERDICT_FINE)
			verdict = reason_verdict(choice, length);
	}
	return verdict;
}

/* Sets the bit; 1 if it was not set. */
static unsigned mark(uint64_t *bits, unsigned index)
{
	uint64_t bit = UINT64_C(1) << (index % 64);
	bool first = !(bits[index / 64] & bit);
	bits[index / 64] |= bit;
	return first;
}

static enum verdict read_choice(struct choices *c, const cJSON *choice,
				const struct choice_shape *shape, enum verdict length)
{
	unsigned index;
	if (!view_number(view_member(choice, "index"), &index) || index >= CHOICES_MOST)
		return VERDICT_UNEXPECTED_SHAPE;
	enum verdict verdict = shape_verdict(choice, shape);
	if (verdict != VERDICT_FINE)
		return verdict;
	c->seen_count += mark(c->seen, index);
	if (index >= c->end)
		c->end = index + 1;
	if (!view_member(choice, "finish_reason"))
		return VERDICT_FINE;
	c->finished_count += mark(c->finished, index);
	return reason_verdict(choice, length);
}

enum verdict choices_of_event(struct choices *c, const cJSON *event,
			      const struct choice_shape *shape, enum verdict length)
{
	const cJSON *choices = view_member(event, "choices");
	if (!cJSON_IsArray(choices))
		return VERDICT_UNEXPECTED_SHAPE;
	enum verdict verdict = VERDICT_FINE;
	const cJSON *choice;
	cJSON_ArrayForEach (choice, choices)
		if (verdict == VERDICT_FINE)
			verdict = read_choice(c, choice, shape, length);
	return verdict;
}

enum verdict choices_finish(const struct choices *c)
{
	if (c->seen_count == 0)
		return VERDICT_NO_CHOICES;
	if (c->seen_count != c->end)
		return VERDICT_UNEXPECTED_SHAPE;
	return c->finished_count == c->seen_count ? VERDICT_FINE : VERDICT_FINISH_REASON;
}
