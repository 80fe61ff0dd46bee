/* Models' names: what searches whatever the body says, and what merely stands in a model's place.
 */
#include "proxy/openai/parse/reference.h"

#include "proxy/openai/parse/words.h"

/* ## Models that search */

/* Whether nothing follows a word but a version: x-web, x-web-preview-2024. */
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

/* Whether a word ends in "research" and says nothing of searching: NousResearch. */
static bool is_research(struct slice word)
{
	return word_ends_with(word, "research") && !slice_is_nocase(word, "deepresearch");
}

/* Words of models that search, or run tools of the server's own: OpenAI's gpt-4o-search-preview and
 * o3-deep-research, Perplexity's sonar, OpenRouter's :online, Groq's compound, … */
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

/* Whether a part of a model's path says so: owner/name, search/name. What an owner is called does
 * not count, unless it is nothing but such a word. */
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

/* 7b, 86m, 1.5B (of which the words are 1 and 5B): the size of weights. */
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

/* ## What stands in a model's place */

/* Words for what is kept elsewhere, has a model and does more than that. */
static bool is_kind(struct slice word)
{
	static const char *const kinds[] = {"agent", "agents",	 "asst", "assistant", "assistants",
					    "bot",   "workflow", "bots", "workflows"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_is_nocase(word, kinds[i]))
			return true;
	return false;
}

/* The part of a path before the first of these bytes, which is cut off with it. */
static struct slice take_part(struct slice *path, const char *ends)
{
	size_t len = 0;
	while (len < path->len && !strchr(ends, path->at[len]))
		len++;
	struct slice part = slice_make(path->at, len);
	*path = slice_after(*path, len < path->len ? len + 1 : len);
	return part;
}

/* An Amazon resource name (arn:partition:service:region:account:type/id) of a model, of a profile
 * for one or of what chooses between some is as good as the model's name. What else there is
 * (prompts, agents, flows, knowledge bases) has more to it. */
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

/* An assistant's, a bot's or a prompt's id: asst_1, bot-x, pmpt_1. A name that a hyphen joins and
 * that tells a size is one of weights (agent-7b), and so is one behind an owner. Ids of prompts
 * have no hyphen. */
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
static enum verdict stands_for(struct slice model)
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
	return path_searches(model) ? VERDICT_WEB_SEARCH : stands_for(model);
}

enum verdict reference_model(struct slice model)
{
	/* The one read last: most requests ask for the same. */
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
