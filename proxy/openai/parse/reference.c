#include "proxy/openai/parse/reference.h"

#include "proxy/openai/parse/words.h"

#include <stdint.h>
#include <stdlib.h>

/* Meanings of a word. */
enum {
	/* As the last word: the member names something, */
	ID = 1 << 0,	/* by an id of the noun before it */
	LABEL = 1 << 1, /* by a label: a name, a version, … */
	/* Kinds of ids that do not refer to stored objects or do not change the response. */
	COUNTS = 1 << 2,   /* even with a noun: tool_call_id, prompt_token_ids */
	HARMLESS = 1 << 3, /* without a noun: user_id, trace_id */
	/* Nouns for what is stored elsewhere. An id of any of them refers to it. */
	STRONG = 1 << 4, /* any member with this word refers to it: vector_store_config */
	ALONE = 1 << 5,	 /* so does a member of exactly this name */
	NAMED = 1 << 6,	 /* so does a label: prompt_version */
	NOUN = 1 << 7,
	STATE = 1 << 8, /* so does a switch that is true: use_history */
	/* What the member switches on. */
	SEARCH = 1 << 9,
	RUNS = 1 << 10,
	NOT = 1 << 11,	    /* a false value switches on: disable_search */
	DECODING = 1 << 12, /* beam_search searches nothing external */
	/* What the value holds. */
	ADDRESS = 1 << 13,
	MEDIA = 1 << 14,
	TEXT = 1 << 15, /* if it is the last word */
	SCHEMA = 1 << 16,
	LABELS = 1 << 17,
	MODEL = 1 << 18,
	TOOLS = 1 << 19,    /* if it is the last word */
	MESSAGES = 1 << 20, /* if it is the only word */
	PAIR = 1 << 21,	    /* with the next word, see pairs */
	LOCATION = 1 << 22, /* an address, if another word means media: image_path */
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

/* Pairs of words that mean together what neither means alone. */
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
    {"previous", "message", STRONG, VERDICT_CONVERSATION},
    {"previous", "request", STRONG, VERDICT_STORED_OBJECT},
    {"previous", "response", STRONG, VERDICT_PREVIOUS_RESPONSE},
    {"output", "format", SCHEMA, VERDICT_FINE},
    {"prompt", "template", STRONG, VERDICT_STORED_PROMPT},
    {"response", "format", SCHEMA, VERDICT_FINE},
    {"tool", "resources", STRONG, VERDICT_VECTOR_STORE},
    {"tool", "servers", STRONG, VERDICT_MCP_SERVER},
    {"tool", "use", COUNTS, VERDICT_FINE},
    {"url", "context", SEARCH, VERDICT_WEB_SEARCH},
};

/* Combined meaning of the words of a name. */
struct reading {
	size_t count;
	unsigned any;
	unsigned last;
	enum verdict noun; /* verdict of the first noun */
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

/* Finds the noun of a word such as threadid or fileuuids, in which an id word is appended to a
 * noun. NULL: the word is none. */
static const struct row *find_joined(struct slice word)
{
	for (size_t noun = 1; noun < word.len; noun++) {
		const struct row *id = find(slice_after(word, noun));
		const struct row *row =
		    id && id->bits & ID ? find(slice_make(word.at, noun)) : NULL;
		if (row)
			return row;
	}
	return NULL;
}

static void read_word(struct reading *r, struct slice word)
{
	const struct row *row = find(word);
	unsigned bits = row ? row->bits : word_searches(word) ? SEARCH : 0;
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

/* OpenAI's prompt_cache_key selects a machine and OpenRouter's data_collection a provider; neither
 * refers to stored objects. */
static bool is_exempt(const struct words *w, const struct reading *r)
{
	bool policy = r->any & STRONG && !(r->last & (ID | LABEL));
	return r->any & COUNTS || (r->any & NAMED && words_have_pair(w, "prompt", "cache")) ||
	       (policy && words_have_pair(w, "data", "collection"));
}

/* Returns the verdict on a parameter whose name refers to something stored elsewhere. */
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
	    .negated = r.any & NOT,
	    .off_when_true = r.any & SEARCH && r.any & NOT,
	};
}

/* Recently read names, since requests repeat the same few members. Other names, and names that are
 * too long, are split into words again. */
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
	const unsigned char *at = (const unsigned char *)name.at;
	size_t first = at[0], middle = at[name.len / 2], last = at[name.len - 1];
	size_t mixed = name.len * 7 + first * 31 + middle * 5 + last * 3;
	struct known *k = &known[mixed % KNOWN];
	if (k->len != name.len || memcmp(k->name, name.at, name.len) != 0) {
		k->reference = read_name(name);
		memcpy(k->name, name.at, name.len);
		k->len = (uint8_t)name.len;
	}
	return k->reference;
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

/* Returns the length of a scheme with its colon; 0: none. Longer schemes do not exist. */
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
	static const struct slice jpeg = SLICE("/9j/"); /* a JPEG's first three bytes in base64 */
	static const struct slice ones = SLICE("//");	/* sync bits of an audio frame */
	text = trim_blanks(text);
	if (!text.len || reference_is_data(text) || has_blanks(text))
		return false;
	bool root = text.at[0] == '/' && !slice_starts(text, jpeg) && !slice_starts(text, ones);
	return root || memchr(text.at, '.', text.len) || memchr(text.at, '\\', text.len);
}

bool reference_is_name(struct slice text)
{
	enum { SHORTEST = 32 };
	text = trim_blanks(text);
	return text.len && text.len < SHORTEST && text.at[text.len - 1] != '=' &&
	       !reference_is_data(text) && !has_blanks(text);
}
