/* Common properties of unfolded streams: pieces, frames and their end. */
#include "proxy/openai/wire/unfold.h"

#include "proxy/openai/wire/merge.h"
#include "proxy/openai/wire/unfold_internal.h"
#include "tests/unit/main.h"
#include "tests/unit/wire_forms.h"

#define ANSWER                                                                                     \
	"{\"id\":\"c\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{"     \
	"\"role\":\"assistant\",\"content\":\"Hello\\nbig world\"},\"finish_reason\":\"stop\"}],"  \
	"\"usage\":{\"total_tokens\":3}}"

/* ## Pieces */

static const struct {
	const char *text;
	size_t characters;
	const char *pieces; /* each followed by a bar */
} cuttings[] = {
    {"a", 0, "a|"},
    {"Hello", 0, "Hello|"},
    {"Hello big world", 0, "Hello| big| world|"},
    {" Hello  big", 0, " Hello|  big|"},
    {"   ", 0, "   |"},
    {"a b ", 0, "a| b| |"},
    {"one\\ntwo\\n\\nthree", 0, "one|\\ntwo|\\n\\nthree|"},
    {"a\\tb\\rc", 0, "a|\\tb|\\rc|"},
    {"say \\\"hi there\\\"", 0, "say| \\\"hi| there\\\"|"},
    {"one two three", 1, "one| two| three|"},
    {"one two three", 4, "one two| three|"},
    {"one two three", 100, "one two three|"},
    /* Scripts without blanks between words, and emoji. */
    {"\xe4\xb8\xad\xe6\x96\x87 x", 0, "\xe4\xb8\xad|\xe6\x96\x87| x|"},
    {"\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97", 2, "\xe4\xb8\xad\xe6\x96\x87|\xe5\xad\x97|"},
    {"a\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 0, "a|\xf0\x9f\x98\x80|\xf0\x9f\x98\x80|"},
    {"a \xe4\xb8\xad \\u6587", 0, "a| \xe4\xb8\xad| \\u6587|"},
    /* Hangul does. */
    {"\xea\xb0\x80\xeb\x82\x98 \xed\x95\x98", 0, "\xea\xb0\x80\xeb\x82\x98| \xed\x95\x98|"},
    {"\\uAC00\\ub098 \\uD558\\u4e2d", 0, "\\uAC00\\ub098| \\uD558|\\u4e2d|"},
    {"\\u4e2d\\u6587x", 0, "\\u4e2d|\\u6587x|"},
    /* Surrogate pairs and escapes are not split. */
    {"\\ud83d\\ude00\\uD83D\\uDE00", 0, "\\ud83d\\ude00|\\uD83D\\uDE00|"},
    {"\\ud83d\\ude00\\uD83D\\uDE00", 2, "\\ud83d\\ude00\\uD83D\\uDE00|"},
    {"\\ud7ff\\u00e9 \\u0000", 0, "\\ud7ff\\u00e9| \\u0000|"},
    {"\\\\n a\\\\", 0, "\\\\n| a\\\\|"},
    {"\\/ \\b\\f", 0, "\\/| \\b\\f|"},
};

START_TEST(texts_are_cut_into_pieces)
{
	struct slice rest = slice_of(cuttings[_i].text);
	struct buf out = buf_make(1 << 10);
	while (rest.len) {
		struct slice piece = unfold_piece(&rest, cuttings[_i].characters);
		ck_assert_uint_gt(piece.len, 0);
		ck_assert(buf_append_slice(&out, piece) && buf_append_byte(&out, '|'));
	}
	ck_assert_msg(slice_is(buf_slice(&out), cuttings[_i].pieces), "%.*s",
		      SLICE_FMT(buf_slice(&out)));
	buf_finish(&out);
}
END_TEST

/* ## Streams */

#define EVENT(choice)                                                                              \
	"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"      \
	"\"finish_reason\":" choice "}]}\n\n"

START_TEST(a_whole_stream)
{
	static const char start[] =
	    EVENT("null,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}")
		EVENT("null,\"delta\":{\"content\":\"Hello\"}")
		    EVENT("null,\"delta\":{\"content\":\"\\nbig\"}")
			EVENT("null,\"delta\":{\"content\":\" world\"}")
			    EVENT("\"stop\",\"delta\":{}");
	static const char usage[] = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\","
				    "\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n";
	static const char done[] = "data: [DONE]\n\n";
	for (int with = 0; with < 2; with++) {
		struct buf expected = buf_make(1 << 12);
		ck_assert(buf_append_text(&expected, start));
		ck_assert(!with || buf_append_text(&expected, usage));
		ck_assert(buf_append_text(&expected, done));
		struct buf stream = unfolded(FAMILY_CHAT, slice_of(ANSWER), with, 0);
		ck_assert_msg(slice_equal(buf_slice(&stream), buf_slice(&expected)), "%.*s",
			      SLICE_FMT(buf_slice(&stream)));
		buf_finish(&expected);
		buf_finish(&stream);
	}
}
END_TEST

struct counting {
	unsigned events;
	unsigned most;
};

static bool count_event(void *context, struct slice event)
{
	struct counting *c = context;
	ck_assert_uint_lt(c->events, c->most);
	return ++c->events < c->most;
}

START_TEST(nothing_more_is_sent_once_an_event_is_refused)
{
	enum { EVENTS = 7 };
	for (unsigned most = 1; most <= EVENTS + 1; most++) {
		struct counting c = {0, most};
		const struct unfold_options options = {true, 0, count_event, &c};
		bool fine = unfold(FAMILY_CHAT, slice_of(ANSWER), &options);
		ck_assert_int_eq(fine, most == EVENTS + 1);
		ck_assert_uint_eq(c.events, fine ? EVENTS : most);
	}
}
END_TEST

START_TEST(what_is_no_answer)
{
	static const char *const texts[] = {
	    "",
	    "null",
	    "[]",
	    "[" ANSWER "]",
	    ANSWER "x",
	    "{\"error\":{\"message\":\"no\"}}",
	    "{\"object\":\"chat.completion\",\"object\":\"chat.completion\",\"choices\":[]}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct counting c = {0, 1};
		const struct unfold_options options = {false, 0, count_event, &c};
		ck_assert_msg(!unfold(FAMILY_CHAT, slice_of(texts[i]), &options), "%s", texts[i]);
		ck_assert_uint_eq(c.events, 0);
	}
}
END_TEST

/* Events must not use memory of their own, since a long text has many pieces. */
START_TEST(long_texts)
{
	enum { WORDS = 1 << 18 };
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	ck_assert(buf_append_text(&object, "{\"object\":\"text_completion\",\"choices\":[{"
					   "\"index\":0,\"finish_reason\":\"stop\",\"text\":\""));
	for (int i = 0; i < WORDS; i++)
		ck_assert(buf_append_text(&object, " w"));
	ck_assert(buf_append_text(&object, "\"}],\"usage\":{}}"));
	struct counting c = {0, UINT32_MAX};
	const struct unfold_options options = {true, 0, count_event, &c};
	ck_assert(unfold(FAMILY_COMPLETIONS, buf_slice(&object), &options));
	ck_assert_uint_eq(c.events, WORDS + 3);
	struct buf stream = unfolded(FAMILY_COMPLETIONS, buf_slice(&object), true, 64);
	struct buf again = folded(FAMILY_COMPLETIONS, buf_slice(&stream));
	ck_assert(json_equal(buf_slice(&object), buf_slice(&again)));
	buf_finish(&again);
	buf_finish(&stream);
	buf_finish(&object);
}
END_TEST

/* Fold would have to search them. */
START_TEST(thousands_of_calls)
{
	for (int refused = 0; refused < 2; refused++) {
		struct buf object = buf_make(WIRE_FORMS_LIMIT);
		ck_assert(buf_append_text(&object, "{\"object\":\"chat.completion\",\"choices\":[{"
						   "\"index\":0,\"finish_reason\":\"stop\","
						   "\"message\":{\"tool_calls\":["));
		for (int i = 2; i < MERGE_ELEMENTS; i++)
			ck_assert(buf_append_text(&object, "{\"id\":\"a\"},"));
		ck_assert(buf_append_text(&object, refused ? "{},{}" : "{\"id\":\"\"}"));
		ck_assert(buf_append_text(&object, "]}}],\"usage\":{}}"));
		struct buf stream = unfolded(FAMILY_CHAT, buf_slice(&object), true, 0);
		struct buf again = folded(FAMILY_CHAT, buf_slice(&stream));
		ck_assert_int_eq(stream.len == 0, refused);
		ck_assert_int_eq(json_equal(buf_slice(&object), buf_slice(&again)), !refused);
		buf_finish(&again);
		buf_finish(&stream);
		buf_finish(&object);
	}
}
END_TEST

/* An event is nested no deeper than the answer. */
START_TEST(the_deepest_answer)
{
	for (int deeper = 0; deeper < 2; deeper++) {
		int lists = JSON_DEPTH - 4 + deeper; /* in answer, choices, choice and message */
		struct buf object = buf_make(1 << 12);
		ck_assert(buf_append_text(&object, "{\"object\":\"chat.completion\",\"choices\":[{"
						   "\"index\":0,\"finish_reason\":\"stop\","
						   "\"message\":{\"x\":"));
		for (int i = 0; i < 2 * lists; i++)
			ck_assert(buf_append_byte(&object, i < lists ? '[' : ']'));
		ck_assert(buf_append_text(&object, "}}],\"usage\":{}}"));
		struct buf stream = unfolded(FAMILY_CHAT, buf_slice(&object), true, 0);
		struct buf again = folded(FAMILY_CHAT, buf_slice(&stream));
		ck_assert_int_eq(stream.len == 0, deeper);
		ck_assert_int_eq(json_equal(buf_slice(&object), buf_slice(&again)), !deeper);
		buf_finish(&again);
		buf_finish(&stream);
		buf_finish(&object);
	}
}
END_TEST

START_TEST(thousands_of_choices)
{
	enum { CHOICES = 4096 };
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	ck_assert(buf_append_text(&object, "{\"object\":\"chat.completion\",\"choices\":["));
	for (int i = 0; i < CHOICES; i++)
		ck_assert(buf_printf(&object,
				     "%s{\"index\":%d,\"message\":{\"content\":\"yes\"},"
				     "\"finish_reason\":\"stop\"}",
				     i ? "," : "", i));
	ck_assert(buf_append_text(&object, "],\"usage\":{}}"));
	struct buf stream = unfolded(FAMILY_CHAT, buf_slice(&object), true, 0);
	struct buf again = folded(FAMILY_CHAT, buf_slice(&stream));
	ck_assert(json_equal(buf_slice(&object), buf_slice(&again)));
	buf_finish(&again);
	buf_finish(&stream);
	buf_finish(&object);
}
END_TEST

static bool count(void *context, struct slice event)
{
	*(size_t *)context += event.len;
	return true;
}

/* The envelope is repeated with each word. */
START_TEST(no_stream_is_much_longer_than_its_object)
{
	static const char *const middle = "\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
					  "\"assistant\",\"content\":\"";
	for (size_t name = 100; name <= 10000; name *= 10) {
		struct buf object = buf_make(1 << 20);
		ck_assert(buf_append_text(&object, "{\"object\":\"chat.completion\",\"model\":\""));
		for (size_t i = 0; i < name; i++)
			ck_assert(buf_append_byte(&object, 'm'));
		ck_assert(buf_append_text(&object, middle));
		for (size_t i = 0; i < 10000; i++)
			ck_assert(buf_append_text(&object, "a "));
		ck_assert(buf_append_text(&object, "\"},\"finish_reason\":\"stop\"}]}"));
		size_t len = 0;
		struct unfold_options options = {.on_event = count, .context = &len};
		ck_assert(unfold(FAMILY_CHAT, buf_slice(&object), &options) == (name == 100));
		ck_assert_uint_gt(len, 50 * object.len);
		ck_assert_uint_le(len, 256 * object.len + (64 << 10));
		buf_finish(&object);
	}
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("unfold");
	tcase_add_loop_test(c, texts_are_cut_into_pieces, 0,
			    sizeof(cuttings) / sizeof(cuttings[0]));
	tcase_add_test(c, a_whole_stream);
	tcase_add_test(c, nothing_more_is_sent_once_an_event_is_refused);
	tcase_add_test(c, what_is_no_answer);
	tcase_add_test(c, long_texts);
	tcase_add_test(c, no_stream_is_much_longer_than_its_object);
	tcase_add_test(c, thousands_of_calls);
	tcase_add_test(c, the_deepest_answer);
	tcase_add_test(c, thousands_of_choices);
	Suite *s = suite_create("unfold");
	suite_add_tcase(s, c);
	return run_suite(s);
}
