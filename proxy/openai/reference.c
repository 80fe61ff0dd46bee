#include "proxy/openai/reference.h"

#include "proxy/openai/words.h"

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
	IN_TEXT = 1 << 8, /* an id of it refers to it inside of messages, too */
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
};

struct row {
	const char *word;
	unsigned bits;
	enum verdict verdict;
};

static const struct row rows[] = {
#define WORD(word, bits, verdict) {word, bits, VERDICT_##verdict},
#include "proxy/openai/reference.def"
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
    {"code", "execution", RUNS, VERDICT_CONTAINER},
    {"data", "source", STRONG, VERDICT_SERVER_TOOL},
    {"data", "sources", STRONG, VERDICT_SERVER_TOOL},
    {"data", "store", STRONG, VERDICT_VECTOR_STORE},
    {"data", "stores", STRONG, VERDICT_VECTOR_STORE},
    {"instruction", "template", STRONG, VERDICT_STORED_PROMPT},
    {"output", "format", SCHEMA, VERDICT_FINE},
    {"response", "format", SCHEMA, VERDICT_FINE},
    {"tool", "resources", STRONG, VERDICT_VECTOR_STORE},
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

static void read_word(struct reading *r, struct slice word)
{
	const struct row *row = find(word);
	unsigned bits = row ? row->bits : ends_in_search(word) ? SEARCH : 0;
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

/* OpenAI's prompt_cache_key chooses a machine, and refers to nothing. */
static bool is_exempt(const struct words *w, const struct reading *r)
{
	return r->any & COUNTS || (r->any & NAMED && words_have_pair(w, "prompt", "cache"));
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
	return (r->any & ADDRESS ? NAME_ADDRESS : 0) | (r->any & MEDIA ? NAME_MEDIA : 0) |
	       (r->last & TEXT ? NAME_TEXT : 0) | (r->any & SCHEMA ? NAME_SCHEMA : 0) |
	       (r->any & LABELS ? NAME_LABELS : 0) | (r->any & MODEL ? NAME_MODEL : 0) |
	       (r->last & TOOLS ? NAME_TOOLS : 0) |
	       (r->last & MESSAGES && r->count == 1 ? NAME_MESSAGES : 0);
}

struct reference reference_read(struct slice name)
{
	struct words w = words_split(name, true);
	struct reading r = read_words(&w);
	bool in_text = r.last & ID && r.any & IN_TEXT && !is_exempt(&w, &r);
	return (struct reference){
	    .meaning = meaning(&r),
	    .option = option_verdict(&w, &r),
	    .in_text = in_text ? r.noun : VERDICT_FINE,
	    .off_when_true = r.any & SEARCH && r.any & NOT,
	};
}

/* ## Models */

/* Words of models that search, or run tools of the server's own: OpenAI's gpt-4o-search-preview and
 * o3-deep-research, Perplexity's sonar, OpenRouter's :online, Groq's compound, … */
static bool searches(const struct words *w)
{
	static const char *const searching[] = {
	    "alltools", "browse",    "browser", "browsing", "compound", "deepresearch", "grounded",
	    "internet", "grounding", "online",	"rag",	    "search",	"sonar",	"web",
	};
	for (size_t i = 0; i < sizeof(searching) / sizeof(searching[0]); i++)
		if (words_have(w, searching[i]))
			return true;
	for (size_t i = 0; i < w->count; i++)
		if (ends_in_search(w->at[i]) && !slice_is_nocase(w->at[i], "research"))
			return true;
	return words_have_pair(w, "deep", "research");
}

/* In a model's place: OpenRouter's @preset/name, an assistant's or bot's id. */
static enum verdict stands_for(struct slice model, const struct words *w)
{
	static const char *const kinds[] = {"agent", "asst", "assistant", "bot", "workflow"};
	if (memmem(model.at, model.len, "@preset", strlen("@preset")))
		return VERDICT_STORED_PROMPT;
	for (size_t i = 0; w->count > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_is_nocase(w->at[0], kinds[i]))
			return VERDICT_STORED_OBJECT;
	bool prompt = w->count > 1 &&
		      (slice_is_nocase(w->at[0], "prompt") || slice_is_nocase(w->at[0], "pmpt"));
	return prompt ? VERDICT_STORED_PROMPT : VERDICT_FINE;
}

enum verdict reference_model(struct slice model)
{
	struct words w = words_split(model, false);
	return searches(&w) ? VERDICT_WEB_SEARCH : stands_for(model, &w);
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
	return scheme && slashes && !has_blanks(text);
}

bool reference_is_path(struct slice text)
{
	text = trim_blanks(text);
	return text.len && memchr(text.at, '.', text.len) && memchr(text.at, '/', text.len) &&
	       !reference_is_data(text) && !has_blanks(text);
}
