/* Messages (Anthropic), unfolded. */
#include "tests/unit/message_events.h"
#include "tests/unit/typed_events.h"

START_TEST(recorded_answers_are_unfolded)
{
	static const char *const names[] = {"msg-stop", "msg-length"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trace t = trace_open(names[i]);
		ck_assert_uint_eq(t.status, 200);
		assert_lossless(FAMILY_MESSAGES, buf_slice(&t.body));
		trace_close(&t);
	}
}
END_TEST

START_TEST(objects_that_are_not_understood)
{
	static const char *const bad[] = {
	    "{}",
	    "[]",
	    "{\"type\":\"error\",\"error\":{}}",
	    "{" MESSAGE "\"content\":[],\"stop_reason\":null," USAGE("1") "}",
	    "{" MESSAGE "\"content\":[]," USAGE("1") "}",
	    "{" MESSAGE "\"content\":{},\"stop_reason\":\"end_turn\"," USAGE("1") "}",
	    "{" MESSAGE "\"content\":[],\"stop_reason\":\"end_turn\"}",
	    "{" MESSAGE "\"content\":[],\"stop_reason\":\"end_turn\",\"usage\":null}",
	    "{\"type\":\"message\",\"content\":[],\"stop_reason\":\"end_turn\"," USAGE("1") "}",
	    PLAIN("1"),
	    PLAIN("{\"type\":\"text\",\"text\":1}"),
	    PLAIN("{\"type\":\"text\",\"text\":\"\",\"citations\":{}}"),
	    PLAIN("{" TOOL ",\"input\":\"{}\"}"),
	    PLAIN("{" TOOL "}"),
	    "{\"type\":\"message\",\"role\":\"user\",\"content\":[],\"stop_reason\":\"end_"
	    "turn\"," USAGE("1") "}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_not_unfolded(FAMILY_MESSAGES, bad[i]);
}
END_TEST

START_TEST(a_stream_as_anthropic_sends_it)
{
	static const char object[] = PLAIN(
	    "{\"type\":\"thinking\",\"thinking\":\"let me\",\"signature\":\"Eq\"},"
	    "{\"type\":\"text\",\"text\":\"a \\u00e9\"},"
	    "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{\"a\":\"b \\\"c\"}}");
	static const char stream[] = START_OF(
	    MESSAGE "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null," USAGE("0"))
	    BEGIN("0", "\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"")
		DELTA("0", "\"type\":\"thinking_delta\",\"thinking\":\"let\"") DELTA(
		    "0", "\"type\":\"thinking_delta\",\"thinking\":\" me\"")
		    DELTA("0", "\"type\":\"signature_delta\",\"signature\":\"Eq\"") STOP("0") BEGIN(
			"1", "\"type\":\"text\",\"text\":\"\"") DELTA("1", TEXT("a"))
			DELTA("1", TEXT(" \\u00e9")) STOP("1") BEGIN(
			    "2", "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}")
			    DELTA("2", JSON("{\\\"a\\\":\\\"b")) DELTA("2", JSON(" \\\\\\\"c\\\"}"))
				STOP("2") EVENT("message_delta",
						",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_"
						"sequence\":null}," USAGE("15")) END;
	struct buf out = unfolded(FAMILY_MESSAGES, slice_of(object), true, 0);
	ck_assert_msg(slice_is(buf_slice(&out), stream), "%.*s", SLICE_FMT(buf_slice(&out)));
	buf_finish(&out);
}
END_TEST

/* ## A client, by the rules of the accumulators in Anthropic's SDKs */

struct connection {
	struct json_tree *tree;
	struct json_node *message;
	struct json_node *json; /* of the current block */
	bool ended;
};

static void add_delta(struct connection *c, struct json_node *block, struct json_node *delta)
{
	const struct json_node *type = json_node_value(delta, "type");
	if (json_node_is(type, "text_delta"))
		json_node_append(json_node_value(block, "text"), json_node_take(delta, "text"));
	else if (json_node_is(type, "thinking_delta"))
		json_node_append(json_node_value(block, "thinking"),
				 json_node_take(delta, "thinking"));
	else if (json_node_is(type, "signature_delta"))
		json_node_set(block, "signature", json_node_take(delta, "signature"));
	else if (json_node_is(type, "citations_delta"))
		json_node_append(json_node_value(block, "citations"),
				 json_node_take(delta, "citation"));
	else if (json_node_is(type, "input_json_delta"))
		json_node_append(c->json, json_node_take(delta, "partial_json"));
	else
		ck_abort_msg("a delta that nobody knows");
}

static void read_input(struct connection *c, struct json_node *block)
{
	struct buf spelled = text_of(c->json);
	struct slice between = {spelled.at + 1, spelled.len - 2};
	char *json = json_tree_bytes(c->tree, between.len);
	size_t len = json_decode(between, json);
	if (len)
		json_node_set(block, "input", read_document(c->tree, slice_make(json, len)));
	buf_finish(&spelled);
}

static void set_late(struct connection *c, struct json_node *event)
{
	static const char *const names[] = {"stop_reason", "stop_sequence", "stop_details",
					    "container"};
	struct json_node *delta = json_node_value(event, "delta");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_node_member(delta, names[i]))
			json_node_set(c->message, names[i], json_node_take(delta, names[i]));
	ck_assert_uint_eq(json_node_count(delta), 0);
	if (json_node_member(event, "context_management"))
		json_node_set(c->message, "context_management",
			      json_node_take(event, "context_management"));
	json_node_set(json_node_value(c->message, "usage"), "output_tokens",
		      json_node_take(json_node_value(event, "usage"), "output_tokens"));
}

static void read_event(void *context, struct json_node *event)
{
	struct connection *c = context;
	const struct json_node *type = json_node_value(event, "type");
	ck_assert(!c->ended && (c->message != NULL) == !json_node_is(type, "message_start"));
	struct json_node *content = json_node_value(c->message, "content");
	if (json_node_is(type, "message_start")) {
		c->message = json_node_take(event, "message");
	} else if (json_node_is(type, "content_block_start")) {
		ck_assert_int_eq(json_node_number(json_node_value(event, "index")),
				 json_node_count(content));
		struct json_node *block = json_node_take(event, "content_block");
		json_node_append(content, block);
		bool calls = json_node_is(json_node_value(block, "type"), "tool_use") ||
			     json_node_is(json_node_value(block, "type"), "server_tool_use");
		ck_assert(!calls || !json_node_value(block, "input")->first);
		c->json = json_tree_string(c->tree, (struct slice){"", 0});
	} else if (json_node_is(type, "content_block_delta")) {
		ck_assert_ptr_eq(element(content, json_node_value(event, "index")), content->last);
		add_delta(c, content->last, json_node_value(event, "delta"));
	} else if (json_node_is(type, "content_block_stop")) {
		read_input(c, content->last);
	} else if (json_node_is(type, "message_delta")) {
		set_late(c, event);
	} else {
		ck_assert(json_node_is(type, "message_stop"));
		c->ended = true;
	}
}

static void assert_understood(struct slice object)
{
	struct buf stream = unfolded(FAMILY_MESSAGES, object, true, 0);
	struct connection c = {.tree = json_tree_create(NODES_MOST)};
	each_typed_event(c.tree, buf_slice(&stream), read_event, &c);
	ck_assert(c.ended);
	assert_same_nodes(c.message, read_document(c.tree, object));
	json_tree_destroy(&c.tree);
	buf_finish(&stream);
}

START_TEST(clients_understand_what_is_unfolded)
{
	static const char *const objects[] = {
	    PLAIN(""),
	    PLAIN("{\"type\":\"text\",\"text\":\"\"},{\"type\":\"text\",\"text\":\"a b\"}"),
	    PLAIN("{\"type\":\"text\",\"text\":\"a b\",\"citations\":[{\"cited_text\":\"x\"},{}]}"),
	    PLAIN("{\"type\":\"thinking\",\"thinking\":\"hm so\",\"signature\":\"\"}"),
	    PLAIN("{\"type\":\"redacted_thinking\",\"data\":\"EmwK\"},{" TOOL ",\"input\":{}}"),
	    PLAIN("{" TOOL ",\"input\":{\"a b\":\"\\u00e9 \\\" \\\\\",\"c\":[1e400]}}"),
	    /* members of other types' */
	    PLAIN("{\"type\":\"text\",\"text\":\"a\",\"input\":{\"a\":1},\"signature\":\"x\"}"),
	    PLAIN("{\"type\":\"server_tool_use\",\"id\":\"t\",\"input\":{\"query\":\"a b\"}}"),
	};
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		assert_lossless(FAMILY_MESSAGES, slice_of(objects[i]));
		assert_understood(slice_of(objects[i]));
	}
}
END_TEST

/* ## Any message */

static void add_random_citations(struct buf *out, uint32_t *seed)
{
	add(out, ",\"citations\":[");
	for (unsigned left = trace_random(seed) % 3; left; left--) {
		add_random_value(out, seed, 2);
		add(out, left > 1 ? "," : "");
	}
	add(out, "]");
}

static void add_random_block(struct buf *out, uint32_t *seed)
{
	switch (trace_random(seed) % 5) {
	case 0:
		add(out, "{\"type\":\"text\",");
		add_random_member(out, "text", seed);
		if (trace_random(seed) % 2)
			add_random_citations(out, seed);
		break;
	case 1:
		add(out, "{\"type\":\"thinking\",");
		add_random_member(out, "thinking", seed);
		add(out, ",");
		add_random_member(out, "signature", seed);
		break;
	case 2:
		add(out, trace_random(seed) % 2 ? "{\"type\":\"tool_use\",\"input\":{"
						: "{\"input\":{\"x\":1,\"type\":1},\"type\":"
						  "\"server_tool_use\",\"caller\":{");
		add_random_member(out, "a", seed);
		add(out, ",\"b\":");
		add_random_value(out, seed, 4);
		add(out, "}");
		break;
	case 3:
		add(out, "{\"type\":\"text\",\"text\":\"\",\"citations\":null");
		break;
	default:
		add(out, "{\"type\":\"web_search_tool_result\",\"content\":");
		add_random_value(out, seed, 4);
	}
	add(out, ",\"extra\":");
	add_random_value(out, seed, 1);
	add(out, "}");
}

static void add_random_message(struct buf *out, uint32_t *seed)
{
	add(out, "{" MESSAGE "\"stop_reason\":\"end_turn\"");
	if (trace_random(seed) % 2)
		add(out, ",\"stop_sequence\":null,\"container\":{\"id\":\"c\"}");
	if (trace_random(seed) % 2)
		add(out, ",\"context_management\":[1],\"stop_details\":null,\"x\":{\"y\":[]}");
	add(out, ",\"content\":[");
	for (unsigned left = trace_random(seed) % 5; left; left--) {
		add_random_block(out, seed);
		add(out, left > 1 ? "," : "");
	}
	add(out, "],\"usage\":{\"output_tokens\":7,\"input_tokens\":null,\"other\":");
	add_random_value(out, seed, 2);
	add(out, "}}");
}

START_TEST(any_message_survives)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	uint32_t seed = 20260401;
	for (int i = 0; i < scaled(1500); i++) {
		buf_clear(&object);
		add_random_message(&object, &seed);
		assert_lossless(FAMILY_MESSAGES, buf_slice(&object));
		assert_understood(buf_slice(&object));
	}
	buf_finish(&object);
}
END_TEST

/* ## Large ones */

START_TEST(thousands_of_blocks)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	add(&object, "{" MESSAGE "\"stop_reason\":\"end_turn\"," USAGE("1") ",\"content\":[");
	for (int i = 0; i < scaled(20000); i++)
		add(&object, "{\"type\":\"text\",\"text\":\"a\"},");
	add(&object, "{\"type\":\"text\",\"text\":\"a\"}]}");
	assert_lossless(FAMILY_MESSAGES, buf_slice(&object));
	buf_finish(&object);
}
END_TEST

START_TEST(megabytes_of_words)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	add(&object, "{" MESSAGE "\"stop_reason\":\"end_turn\"," USAGE(
			 "1") ",\"content\":[{\"type\":\"tool_use\",\"input\":{\"a\":\"");
	for (int i = 0; i < scaled(100000); i++)
		add(&object, "word \\\"is\\\" ");
	add(&object, "\"}}]}");
	assert_lossless(FAMILY_MESSAGES, buf_slice(&object));
	buf_finish(&object);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unfold_messages");
	TCase *c = tcase_create("unfold");
	tcase_add_test(c, recorded_answers_are_unfolded);
	tcase_add_test(c, objects_that_are_not_understood);
	tcase_add_test(c, a_stream_as_anthropic_sends_it);
	tcase_add_test(c, clients_understand_what_is_unfolded);
	tcase_add_test(c, any_message_survives);
	tcase_add_test(c, thousands_of_blocks);
	tcase_add_test(c, megabytes_of_words);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
