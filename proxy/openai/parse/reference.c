/* size: models and addresses are to move out. */
#include "proxy/openai/parse/reference.h"

#include "proxy/openai/parse/words.h"

#include <stdlib.h>

/* What a word says. */
enum {
	/* As the last word: the member names something. */
	ID = 1 << 0,	/* by an id; what, the word before says */
	LABEL = 1 << 1, /* by a name, a version, … */
	/* What an id belongs to that is not kept elsewhere, or does not change the answer. */
	COUNTS = 1 << 2,   /* whatever the nouns are: tool_call_id, prompt_token_ids */
	HARMLESS = 1 << 3, /* where there is no noun: user_id, trace_id */
	/* Nouns for what is kept elsewhere. An id of any of them refers to it. */
	STRONG = 1 << 4, /* any member with this word does: vector_store_config */
	ALONE = 1 << 5,	 /* so does a member of this name */
	NAMED = 1 << 6,	 /* so does a label: prompt_version */
	NOUN = 1 << 7,
	STATE = 1 << 8, /* so does a switch that is true: use_history */
	/* What is switched on. */
	SEARCH = 1 << 9,
	RUNS = 1 << 10,
	NOT = 1 << 11,	    /* by a false value: disable_search */
	DECODING = 1 << 12, /* beam_search searches nothing outside */
	/* What the value holds. */
	ADDRESS = 1 << 13,
	MEDIA = 1 << 14,
	TEXT = 1 << 15, /* as the last word */
	SCHEMA = 1 << 16,
	LABELS = 1 << 17,
	MODEL = 1 << 18,
	TOOLS = 1 << 19,    /* as the last word */
	MESSAGES = 1 << 20, /* as the only word */
	PAIR = 1 << 21,	    /* with the word behind it, see pairs */
	LOCATION = 1 << 22, /* an address if another word says media: image_path */
};

struct row {
	const char *word;
	unsigned bits;
	enum verdict verdict;
};

static const struct row rows[] = {
#define WORD(word, bits, verdict) {word, bits, VERDICT_##verdict},
#include "proxy/openai/parse/reference.def"
#undef WORD
};

/* Two words that say together what neither says alone. */
static const struct {
	const char *first;
	const char *second;
	unsigned bits;
	enum verdict verdict;
} pairs[] = {
    {"cached", "content", STRONG, VERDICT_STORED_OBJECT},
    {"cached", "contents", STRONG, VERDICT_STORED_OBJECT},
    {"cache", "name", STRONG, VERDICT_STORED_OBJECT},
    {"code", "execution", RUNS, VERDICT_CONTAINER},
    {"context", "cache", STRONG, VERDICT_STORED_OBJECT},
    {"continue", "from", STRONG, VERDICT_CONVERSATION},
    {"data", "source", STRONG, VERDICT_SERVER_TOOL},
    {"data", "sources", STRONG, VERDICT_SERVER_TOOL},
    {"data", "store", STRONG, VERDICT_VECTOR_STORE},
    {"data", "stores", STRONG, VERDICT_VECTOR_STORE},
    {"instruction", "template", STRONG, VERDICT_STORED_PROMPT},
    {"output", "format", SCHEMA, VERDICT_FINE},
    {"prompt", "template", STRONG, VERDICT_STORED_PROMPT},
    {"response", "format", SCHEMA, VERDICT_FINE},
    {"tool", "resources", STRONG, VERDICT_VECTOR_STORE},
    {"tool", "servers", STRONG, VERDICT_MCP_SERVER},
    {"url", "context", SEARCH, VERDICT_WEB_SEARCH},
};

/* What the words of a name say together. */
struct reading {
	size_t count;
	unsigned any;
	unsigned last;
	enum verdict noun; /* the first one's */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static int compare(const void *key, const void *row)
{
	const struct slice *word = key;
	const char *other = ((const struct row *)row)->word;
	for (size_t i = 0; i < word->len; i++) {
		int order = (unsigned char)lower(word->at[i]) - (unsigned char)other[i];
		if (order)
			return order;
	}
	return other[word->len] ? -1 : 0;
}

static const struct row *find(struct slice word)
{
	return bsearch(&word, rows, sizeof(rows) / sizeof(rows[0]), sizeof(rows[0]), compare);
}

/* livesearch, deepsearch, … */
static bool ends_in_search(struct slice word)
{
	static const struct slice search = SLICE("search");
	return word.len > search.len &&
	       slice_equal_nocase(slice_after(word, word.len - search.len), search);
}

/* threadid, fileids: the row of a noun with an id joined to it; NULL: it is none. */
static const struct row *find_joined(struct slice word)
{
	static const struct slice ends[] = {SLICE("id"), SLICE("ids")};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (word.len <= ends[i].len)
			continue;
		size_t noun = word.len - ends[i].len;
		if (slice_equal_nocase(slice_after(word, noun), ends[i]))
			return find(slice_make(word.at, noun));
	}
	return NULL;
}

static void read_word(struct reading *r, struct slice word)
{
	const struct row *row = find(word);
	unsigned bits = row ? row->bits : ends_in_search(word) ? SEARCH : 0;
	if (!row && (row = find_joined(word))) {
		bits = row->bits | ID;
		r->count++;
	}
	r->any |= bits;
	r->last = bits;
	if (row && row->verdict != VERDICT_FINE && r->noun == VERDICT_FINE)
		r->noun = row->verdict;
}

static struct reading read_words(const struct words *w)
{
	struct reading r = {.count = w->count, .noun = VERDICT_FINE};
	for (size_t i = 0; i < w->count; i++)
		read_word(&r, w->at[i]);
	for (size_t i = 0; r.any & PAIR && i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (!words_have_pair(w, pairs[i].first, pairs[i].second))
			continue;
		r.any |= pairs[i].bits;
		if (pairs[i].verdict != VERDICT_FINE)
			r.noun = pairs[i].verdict;
	}
	return r;
}

/* OpenAI's prompt_cache_key chooses a machine, and OpenRouter's data_collection a provider. They
 * refer to nothing. */
static bool is_exempt(const struct words *w, const struct reading *r)
{
	bool policy = r->any & STRONG && !(r->last & (ID | LABEL));
	return r->any & COUNTS || (r->any & NAMED && words_have_pair(w, "prompt", "cache")) ||
	       (policy && words_have_pair(w, "data", "collection"));
}

/* What a parameter of this name refers to. */
static enum verdict kept_verdict(const struct reading *r)
{
	if (r->last & ID && r->count > 1) {
		if (r->noun != VERDICT_FINE)
			return r->noun;
		return r->any & HARMLESS ? VERDICT_FINE : VERDICT_STORED_OBJECT;
	}
	bool refers = r->any & STRONG || (r->any & ALONE && r->count == 1) ||
		      (r->any & NAMED && r->last & LABEL && r->count > 1);
	if (!refers)
		return VERDICT_FINE;
	return r->noun != VERDICT_FINE ? r->noun : VERDICT_STORED_OBJECT;
}

static enum verdict option_verdict(const struct words *w, const struct reading *r)
{
	if (r->any & SEARCH && !(r->any & DECODING))
		return VERDICT_WEB_SEARCH;
	if (r->any & RUNS)
		return VERDICT_CONTAINER;
	return is_exempt(w, r) ? VERDICT_FINE : kept_verdict(r);
}

static unsigned meaning(const struct reading *r)
{
	bool address = r->any & ADDRESS || (r->last & LOCATION && r->any & MEDIA);
	return (address ? NAME_ADDRESS : 0) | (r->any & MEDIA ? NAME_MEDIA : 0) |
	       (r->last & TEXT ? NAME_TEXT : 0) | (r->any & SCHEMA ? NAME_SCHEMA : 0) |
	       (r->any & LABELS ? NAME_LABELS : 0) | (r->any & MODEL ? NAME_MODEL : 0) |
	       (r->last & TOOLS && !(r->any & NOT) ? NAME_TOOLS : 0) |
	       (r->last & MESSAGES && r->count == 1 ? NAME_MESSAGES : 0) |
	       (r->last & MEDIA && r->count == 1 ? NAME_MEDIUM : 0);
}

static struct reference read_name(struct slice name)
{
	struct words w = words_split(name, true);
	struct reading r = read_words(&w);
	bool in_text = r.last & ID && r.count > 1 && !is_exempt(&w, &r);
	bool named = r.any & NAMED && r.count == 1 && !(r.last & MESSAGES);
	return (struct reference){
	    .meaning = meaning(&r),
	    .option = option_verdict(&w, &r),
	    .in_text = in_text ? kept_verdict(&r) : VERDICT_FINE,
	    .named = named ? r.noun : VERDICT_FINE,
	    .if_true = r.any & STATE && !(r.any & NOT) ? r.noun : VERDICT_FINE,
	    .harmless = r.any & HARMLESS,
	    .off_when_true = r.any & SEARCH && r.any & NOT,
	};
}

/* The names read last: requests have the same few members again and again. A name that is not
 * among them, or is too long, costs what it costs to read its words. */
struct known {
	uint8_t len; /* 0: none */
	char name[27];
	struct reference reference;
};

struct reference reference_read(struct slice name)
{
	enum { KNOWN = 128 };
	static _Thread_local struct known known[KNOWN];
	if (!name.len || name.len > sizeof known->name)
		return read_name(name);
	size_t mixed = name.len * 7 + (unsigned char)name.at[0] * 31 +
		       (unsigned char)name.at[name.len / 2] * 5 +
		       (unsigned char)name.at[name.len - 1] * 3;
	struct known *k = &known[mixed % KNOWN];
	if (k->len != name.len || memcmp(k->name, name.at, name.len) != 0) {
		k->reference = read_name(name);
		memcpy(k->name, name.at, name.len);
		k->len = (uint8_t)name.len;
	}
	return k->reference;
}

/* ## Models */

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
	static const struct slice research = SLICE("research");
	return word.len >= research.len && !slice_is_nocase(word, "deepresearch") &&
	       slice_equal_nocase(slice_after(word, word.len - research.len), research);
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
		if ((ends_in_search(w->at[i]) && !is_research(w->at[i])) ||
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

/* In a model's place: OpenRouter's @preset/name, an assistant's or bot's id. A name that a hyphen
 * joins and that tells a size is one of weights: agent-7b. Ids of prompts have no hyphen. */
static enum verdict stands_for(struct slice model)
{
	static const char *const kinds[] = {"agent", "asst", "assistant", "bot", "workflow"};
	if (memmem(model.at, model.len, "@preset", strlen("@preset")))
		return VERDICT_STORED_PROMPT;
	struct words w = words_split(model, false);
	if (w.count < 2)
		return VERDICT_FINE;
	bool hyphen = w.at[0].at[w.at[0].len] == '-';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_is_nocase(w.at[0], kinds[i]) && !(hyphen && has_size(&w)))
			return VERDICT_STORED_OBJECT;
	bool prompt = slice_is_nocase(w.at[0], "prompt") || slice_is_nocase(w.at[0], "pmpt");
	return prompt && !hyphen ? VERDICT_STORED_PROMPT : VERDICT_FINE;
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

/* ## Addresses */

static struct slice trim_blanks(struct slice text)
{
	while (text.len && (unsigned char)text.at[0] <= ' ')
		text = slice_after(text, 1);
	while (text.len && (unsigned char)text.at[text.len - 1] <= ' ')
		text.len--;
	return text;
}

/* Length of a scheme with its colon; 0: there is none. Longer ones do not exist. */
static size_t scheme_len(struct slice text)
{
	enum { MOST = 64 };
	for (size_t i = 0; i < text.len && i < MOST; i++) {
		char c = text.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
		if (c == ':' && i > 0)
			return i + 1;
		if (!letter && !(other && i > 0))
			return 0;
	}
	return 0;
}

bool reference_is_data(struct slice text)
{
	static const struct slice scheme = SLICE("data:");
	text = trim_blanks(text);
	return text.len >= scheme.len &&
	       slice_equal_nocase(slice_make(text.at, scheme.len), scheme);
}

static bool has_blanks(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] <= ' ')
			return true;
	return false;
}

bool reference_is_address(struct slice text)
{
	text = trim_blanks(text);
	size_t scheme = scheme_len(text);
	bool slashes = slice_starts(slice_after(text, scheme), (struct slice)SLICE("//"));
	return scheme && !reference_is_data(text) && (slashes || !has_blanks(text));
}

bool reference_is_url(struct slice text)
{
	text = trim_blanks(text);
	size_t scheme = scheme_len(text);
	bool slashes = slice_starts(slice_after(text, scheme), (struct slice)SLICE("//"));
	return scheme && slashes && text.len > scheme + 2 && !has_blanks(text);
}

bool reference_is_path(struct slice text)
{
	text = trim_blanks(text);
	return text.len && memchr(text.at, '.', text.len) && !reference_is_data(text) &&
	       !has_blanks(text);
}

bool reference_is_name(struct slice text)
{
	enum { SHORTEST = 32 };
	text = trim_blanks(text);
	return text.len && text.len < SHORTEST && text.at[text.len - 1] != '=' &&
	       !reference_is_data(text) && !has_blanks(text);
}
