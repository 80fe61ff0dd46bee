/* Model names: models that always search, and names of agents, presets and the like in place of a
 * model. */
#include "proxy/openai/parse/reference.h"

#include "proxy/openai/parse/words.h"

/* ## Models that search */

/* Whether only version words follow: x-web, x-web-preview-2024. */
static bool ends_name(const struct words *w, size_t at)
{
	static const char *const versions[] = {"beta", "latest", "mini", "preview", "pro"};
	for (size_t i = at + 1; i < w->count; i++) {
		bool version = w->at[i].at[0] >= '0' && w->at[i].at[0] <= '9';
		for (size_t k = 0; k < sizeof(versions) / sizeof(versions[0]); k++)
			version = version || slice_is_nocase(w->at[i], versions[k]);
		if (!version)
			return false;
	}
	return true;
}

/* Whether a word ends in "research" without meaning a search: NousResearch. */
static bool is_research(struct slice word)
{
	return word_ends_with(word, "research") && !slice_is_nocase(word, "deepresearch");
}

/* Whether a word names a model that searches or runs the server's own tools: OpenAI's
 * gpt-4o-search-preview and o3-deep-research, Perplexity's sonar, OpenRouter's :online, Groq's
 * compound, … */
static bool searches(const struct words *w)
{
	static const char *const searching[] = {
	    "alltools", "browse",    "browser", "browsing", "compound", "deepresearch", "grounded",
	    "internet", "grounding", "online",	"rag",	    "search",	"sonar",
	};
	for (size_t i = 0; i < sizeof(searching) / sizeof(searching[0]); i++)
		if (words_have(w, searching[i]))
			return true;
	for (size_t i = 0; i < w->count; i++)
		if ((word_searches(w->at[i]) && !is_research(w->at[i])) ||
		    (slice_is_nocase(w->at[i], "web") && ends_name(w, i)))
			return true;
	return words_have_pair(w, "deep", "research");
}

/* Whether a segment of a model's path tells that it searches: owner/name, search/name. An owner's
 * name counts only if it is a single word. */
static bool path_searches(struct slice model)
{
	while (model.len) {
		const char *slash = memchr(model.at, '/', model.len);
		size_t len = slash ? (size_t)(slash - model.at) : model.len;
		struct words w = words_split(slice_make(model.at, len), false);
		if ((!slash || w.count == 1) && searches(&w))
			return true;
		model = slice_after(model, slash ? len + 1 : len);
	}
	return false;
}

/* Whether a word is a number of weights: 7b, 86m, 1.5B (split into 1 and 5B). */
static bool is_size(struct slice word)
{
	size_t digits = 0;
	while (digits < word.len && word.at[digits] >= '0' && word.at[digits] <= '9')
		digits++;
	return digits && digits + 1 == word.len && memchr("bBmM", word.at[digits], 4);
}

static bool has_size(const struct words *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (is_size(w->at[i]))
			return true;
	return false;
}

/* ## Names in place of a model */

/* Words for things stored elsewhere that have a model and do more than a model. */
static bool is_kind(struct slice word)
{
	static const char *const kinds[] = {"agent", "agents",	 "asst", "assistant", "assistants",
					    "bot",   "workflow", "bots", "workflows"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_is_nocase(word, kinds[i]))
			return true;
	return false;
}

/* Cuts off and returns the part of a path before the first of these bytes; that byte is removed
 * too. */
static struct slice take_part(struct slice *path, const char *ends)
{
	size_t len = 0;
	while (len < path->len && !strchr(ends, path->at[len]))
		len++;
	struct slice part = slice_make(path->at, len);
	*path = slice_after(*path, len < path->len ? len + 1 : len);
	return part;
}

/* An Amazon resource name (arn:partition:service:region:account:type/id) of a model, a model
 * profile or a router between models is equivalent to a model's name. Others (prompts, agents,
 * flows, knowledge bases) involve more than a model. */
static enum verdict arn_verdict(struct slice arn)
{
	static const char *const models[] = {"model", "profile", "endpoint", "router"};
	for (size_t i = 0; i < 5; i++)
		take_part(&arn, ":");
	struct words w = words_split(take_part(&arn, "/:"), false);
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (words_have(&w, models[i]))
			return VERDICT_FINE;
	return words_have(&w, "prompt") ? VERDICT_STORED_PROMPT : VERDICT_STORED_OBJECT;
}

/* The id of an assistant, a bot or a prompt: asst_1, bot-x, pmpt_1. A name with a hyphen that
 * contains a size (agent-7b) or follows an owner is a model. Ids of prompts have no hyphen. */
static enum verdict id_verdict(struct slice name, bool owned)
{
	struct words w = words_split(name, false);
	if (w.count < 2)
		return VERDICT_FINE;
	bool hyphen = w.at[0].at[w.at[0].len] == '-';
	if (is_kind(w.at[0]) && !(hyphen && (owned || has_size(&w))))
		return VERDICT_STORED_OBJECT;
	bool prompt = slice_is_nocase(w.at[0], "prompt") || slice_is_nocase(w.at[0], "pmpt");
	return prompt && !hyphen ? VERDICT_STORED_PROMPT : VERDICT_FINE;
}

/* OpenRouter's @preset/name, Bedrock's ARNs, projects/p/agents/name, assistants' ids. */
static enum verdict substitute_verdict(struct slice model)
{
	if (memmem(model.at, model.len, "@preset", strlen("@preset")))
		return VERDICT_STORED_PROMPT;
	bool owned = false;
	while (model.len) {
		struct slice whole = model;
		struct slice part = take_part(&model, "/");
		if (slice_starts(part, (struct slice)SLICE("arn:")))
			return arn_verdict(whole);
		if (!model.len)
			return id_verdict(part, owned);
		if (is_kind(part))
			return VERDICT_STORED_OBJECT;
		owned = true;
	}
	return VERDICT_FINE;
}

static enum verdict read_model(struct slice model)
{
	return path_searches(model) ? VERDICT_WEB_SEARCH : substitute_verdict(model);
}

enum verdict reference_model(struct slice model)
{
	/* The last name read, since most requests use the same model. */
	static _Thread_local struct {
		size_t len; /* 0: none */
		char name[96];
		enum verdict verdict;
	} last;
	if (!model.len || model.len > sizeof last.name)
		return read_model(model);
	if (last.len != model.len || memcmp(last.name, model.at, model.len) != 0) {
		last.verdict = read_model(model);
		memcpy(last.name, model.at, model.len);
		last.len = model.len;
	}
	return last.verdict;
}
