/* Random answers: unfolded and folded again they are unchanged, and a client that concatenates the
 * texts of the deltas reads the same. */
#include "tests/unit/main.h"
#include "tests/unit/trace.h"
#include "tests/unit/wire_forms.h"

enum { ROUNDS = 500, TREE = 32 << 20, CHOICES_MOST = 4 };

static uint32_t seed;
static struct buf out;
static unsigned names; /* used so far, so that none is used twice */

static unsigned below(unsigned n)
{
	return trace_random(&seed) % n;
}

static bool chance(void)
{
	return below(2);
}

static void put(const char *text)
{
	ensure(buf_append_text(&out, text));
}

static const char *any(const char *const *list, size_t len)
{
	return list[below((unsigned)len)];
}

#define ANY(list) any(list, sizeof(list) / sizeof((list)[0]))

/* ## Values */

static void put_string(unsigned most)
{
	static const char *const parts[] = {
	    "a",
	    "word",
	    " ",
	    "\\n",
	    "\\\"",
	    "\\\\",
	    "\\/",
	    "\\u0000",
	    "\\b\\t",
	    "\\ud83d\\ude00",
	    "\\uD834\\uDD1E",
	    "\\u00e9",
	    "\\u4e2d",
	    "\xc3\xa9",
	    "\xe4\xb8\xad",
	    "\xf0\x9f\x98\x80",
	    "{",
	    "}",
	    "'",
	    "\\u2028",
	    "\xe2\x80\xa8",
	    "data: [DONE]",
	    "\x7f",
	    "\\u001f",
	    "e\xcc\x81",
	    "\xef\xbb\xbf",
	};
	put("\"");
	for (unsigned i = below(most + 1); i; i--)
		put(ANY(parts));
	put("\"");
}

static void put_number(void)
{
	static const char *const numbers[] = {
	    "0",
	    "-0",
	    "1.0",
	    "1e400",
	    "9007199254740993",
	    "-1.5E-7",
	    "0.1000",
	    "18446744073709551616",
	};
	put(ANY(numbers));
}

static void put_value(unsigned depth);

static void put_name(void)
{
	ensure(buf_printf(&out, "%s\"x%s%u\":", chance() ? "\n" : "", chance() ? "\\u005f" : "",
			  names++));
}

static void put_container(unsigned depth)
{
	bool object = chance();
	put(object ? "{" : "[");
	for (unsigned i = 0, n = below(4); i < n; i++) {
		put(i ? "," : "");
		if (object)
			put_name();
		put_value(depth + 1);
	}
	put(object ? "}" : "]");
}

static void put_value(unsigned depth)
{
	static const char *const words[] = {"true", "false", "null"};
	switch (below(depth < 4 ? 5 : 3)) {
	case 0:
		put(ANY(words));
		break;
	case 1:
		put_number();
		break;
	case 2:
		put_string(6);
		break;
	default:
		put_container(depth);
	}
}

static void put_unknown(void)
{
	for (unsigned n = below(4); n; n--) {
		put(", ");
		put_name();
		put_value(0);
	}
}

/* Adds ,"NAME": with a text or null, or nothing. */
static void put_text(const char *name, unsigned most)
{
	unsigned how = below(4);
	if (how == 0)
		return;
	ensure(buf_printf(&out, ",\"%s\":", name));
	if (how == 1)
		put("null");
	else
		put_string(most);
}

static void put_sometimes(const char *text)
{
	if (chance())
		put(text);
}

/* ## Answers */

static void put_call(void)
{
	put("{\"id\":");
	put_string(3);
	put_sometimes(",\"type\":\"function\"");
	if (below(4)) {
		put(",\"function\":{\"name\":");
		put_string(3);
		put_text("arguments", 20);
		put_unknown();
		put("}");
	}
	put_unknown();
	put("}");
}

static void put_calls(void)
{
	put(",\"tool_calls\":[");
	for (unsigned i = 0, n = below(4); i < n; i++) {
		put(i ? "," : "");
		put_call();
	}
	put("]");
}

static void put_message(void)
{
	static const char *const texts[] = {"content", "reasoning", "reasoning_content", "refusal"};
	put(",\"message\":{\"role\":");
	put(chance() ? "\"assistant\"" : "null");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_text(texts[i], 60);
	if (chance())
		put_calls();
	put_sometimes(",\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}");
	put_sometimes(",\"reasoning_details\":[{\"index\":0,\"text\":\"t\"},{\"index\":0}]");
	put_sometimes(",\"annotations\":[]");
	put_unknown();
	put("}");
}

static void put_logprobs(void)
{
	static const char *const logprobs[] = {
	    ",\"logprobs\":null",
	    ",\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-1e-9}],\"refusal\":null}",
	    ",\"logprobs\":{\"tokens\":[\"a\"],\"top_logprobs\":[{\"index\":0}]}",
	    "",
	};
	put(ANY(logprobs));
}

static void put_choice(enum endpoint_family family, unsigned index)
{
	static const char *const reasons[] = {"stop", "length", "tool_calls", "\\u0073top"};
	ensure(buf_printf(&out, "%s{\"index\":%u,\"finish_reason\":\"%s\"", index ? "," : "", index,
			  ANY(reasons)));
	put_logprobs();
	put_sometimes(",\"stop_reason\":null");
	put_sometimes(",\"token_ids\":[1,2,3]");
	if (family == FAMILY_CHAT) {
		put_message();
	} else {
		put(",\"text\":");
		put_string(60);
	}
	put_unknown();
	put("}");
}

static unsigned put_answer(enum endpoint_family family)
{
	unsigned choices = 1 + below(CHOICES_MOST);
	buf_clear(&out);
	put("{\"object\":");
	put(family == FAMILY_CHAT ? "\"chat.completion\"" : "\"text_completion\"");
	put_sometimes(",\"id\":\"c-1\"");
	put_sometimes(",\"created\":1e9");
	put_sometimes(",\"model\":null");
	put_sometimes(",\"service_tier\":\"default\"");
	put_sometimes(",\"system_fingerprint\":null");
	put_sometimes(",\"timings\":{\"n\":1.50}");
	put_unknown();
	put(",\"choices\":[");
	for (unsigned i = 0; i < choices; i++)
		put_choice(family, i);
	put("],\"usage\":{\"total_tokens\":12");
	put_unknown();
	put("}}");
	return choices;
}

/* ## A client of the stream */

/* The texts of a choice, decoded piece by piece. */
static void read_text(struct json_tree *t, struct slice stream, unsigned choice, const char *name,
		      struct buf *text)
{
	static const struct slice start = SLICE("data: {");
	while (stream.len) {
		struct slice line = slice_cut(&stream, '\n');
		if (!slice_starts(line, start))
			continue;
		const struct json_node *event = json_tree_read(t, slice_after(line, start.len - 1));
		ck_assert_msg(event, "%.*s", SLICE_FMT(line));
		const struct json_node *choices = json_node_member(event, "choices");
		const struct json_node *c = choices ? choices->first : NULL;
		if (!c || json_node_number(json_node_member(c, "index")) != choice)
			continue;
		const struct json_node *delta = json_node_member(c, "delta");
		const struct json_node *piece = json_node_value(delta ? delta : c, name);
		ck_assert(!piece || buf_reserve(text, piece->text.len));
		if (piece && piece->text.len)
			text->len += json_decode(piece->text, text->at + text->len);
	}
}

/* Checks that a client reads the texts of the answer. */
static void check_texts(struct slice answer, struct slice stream, unsigned choice)
{
	static const char *const texts[] = {"content", "reasoning", "reasoning_content", "refusal",
					    "text"};
	struct json_tree *t = json_tree_create(TREE);
	struct buf read = buf_make(TREE), written = buf_make(TREE);
	const struct json_node *from =
	    json_node_member(json_tree_read(t, answer), "choices")->first;
	for (unsigned i = 0; i < choice; i++)
		from = from->next;
	if (json_node_member(from, "message"))
		from = json_node_member(from, "message");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct json_node *text = json_node_value(from, texts[i]);
		buf_clear(&read);
		buf_clear(&written);
		read_text(t, stream, choice, texts[i], &read);
		ck_assert(!text || buf_reserve(&written, text->text.len + 1));
		if (text)
			written.len = json_decode(text->text, written.at);
		ck_assert(slice_equal(buf_slice(&read), buf_slice(&written)));
	}
	buf_finish(&read);
	buf_finish(&written);
	json_tree_destroy(&t);
}

static void check(enum endpoint_family family, unsigned choices)
{
	struct slice answer = buf_slice(&out);
	ck_assert_msg(json_valid(answer), "%.*s", SLICE_FMT(answer));
	struct buf stream = unfolded(family, answer, true, below(3) * below(40));
	struct buf object = folded(family, buf_slice(&stream));
	ck_assert_msg(json_equal(buf_slice(&object), answer), "%.*s\n%.*s\n%.*s", SLICE_FMT(answer),
		      SLICE_FMT(buf_slice(&object)), SLICE_FMT(buf_slice(&stream)));
	struct buf uncounted = unfolded(family, answer, false, below(40));
	for (unsigned i = 0; i < choices; i++) {
		check_texts(answer, buf_slice(&stream), i);
		check_texts(answer, buf_slice(&uncounted), i);
	}
	buf_finish(&uncounted);
	buf_finish(&object);
	buf_finish(&stream);
}

START_TEST(unfolded_and_folded_is_the_same)
{
	out = buf_make(1 << 20);
	seed = 2463534242u + (unsigned)_i;
	for (int i = 0; i < scaled(ROUNDS); i++) {
		check(FAMILY_CHAT, put_answer(FAMILY_CHAT));
		check(FAMILY_COMPLETIONS, put_answer(FAMILY_COMPLETIONS));
	}
	buf_finish(&out);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("fold_property");
	tcase_add_test(c, unfolded_and_folded_is_the_same);
	Suite *s = suite_create("fold_property");
	suite_add_tcase(s, c);
	return run_suite(s);
}
