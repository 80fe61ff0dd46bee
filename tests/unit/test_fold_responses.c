/* Responses, folded and unfolded. */
#include "tests/unit/typed_events.h"

#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define RESPONSE(status, output, usage)                                                            \
	"{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"" status         \
	"\",\"error\":null,\"model\":\"m\",\"output\":[" output "],\"temperature\":1.0,"           \
	"\"usage\":" usage "}"
#define USAGE "{\"input_tokens\":3,\"output_tokens\":2,\"total_tokens\":5}"
#define PLAIN(output) RESPONSE("completed", output, USAGE)
#define BEGUN RESPONSE("in_progress", "", "null")
#define CREATED EVENT("response.created", ",\"sequence_number\":0,\"response\":" BEGUN)
#define IN_PROGRESS EVENT("response.in_progress", ",\"sequence_number\":1,\"response\":" BEGUN)
#define COMPLETED(response) EVENT("response.completed", ",\"response\":" response)
#define TEXT(text)                                                                                 \
	"{\"type\":\"output_text\",\"text\":\"" text "\",\"annotations\":[],\"logprobs\":[]}"
#define MESSAGE(status, parts)                                                                     \
	"{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"" status "\",\"content\":[" parts     \
	"],\"role\":\"assistant\"}"
#define CALL(status, arguments)                                                                    \
	"{\"id\":\"fc_1\",\"type\":\"function_call\",\"status\":\"" status                         \
	"\",\"arguments\":\"" arguments "\",\"call_id\":\"call_1\",\"name\":\"f\"}"

/* ## Recorded */

/* Random, or the time; and llama.cpp's streams tell neither when they ended nor the status of
 * reasoning. */
#define DIFFERENT "id", "created_at", "completed_at", "output[].id"

START_TEST(recorded_pairs_mean_the_same)
{
	static const char *const but[] = {DIFFERENT, NULL};
	assert_recorded(FAMILY_RESPONSES, "resp-nonstream", "resp-stream", but);
	static const char *const reasoning[] = {DIFFERENT, "output[].status", NULL};
	assert_recorded(FAMILY_RESPONSES, "think-responses", "think-responses-stream", reasoning);
	/* The two were sampled: other words, other arguments, another number of tokens. */
	static const char *const sampled[] = {
	    DIFFERENT, "usage", "output[].call_id", "output[].arguments", "output[].content[].text",
	    NULL};
	assert_recorded(FAMILY_RESPONSES, "resp-tools", "resp-tools-stream", sampled);
}
END_TEST

START_TEST(recorded_answers_are_unfolded)
{
	static const char *const names[] = {"resp-json", "resp-length"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trace t = trace_open(names[i]);
		ck_assert_uint_eq(t.status, 200);
		assert_lossless(FAMILY_RESPONSES, buf_slice(&t.body));
		trace_close(&t);
	}
}
END_TEST

/* ## Fold */

START_TEST(the_last_event_has_it_all)
{
	static const char *const objects[] = {
	    PLAIN(""),
	    PLAIN(MESSAGE("completed", TEXT("\\u00e9 \\ud83d\\ude00"))),
	    PLAIN("{\"type\":\"new\",\"x\":1.50}"),
	};
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		struct buf stream = buf_make(WIRE_FORMS_LIMIT);
		ck_assert(buf_printf(
		    &stream,
		    CREATED IN_PROGRESS EVENT("keepalive", ",\"sequence_number\":2") EVENT(
			"response.output_text.delta", ",\"item_id\":\"msg_1\",\"delta\":\"a\"")
			EVENT("response.completed",
			      ",\"response\":%s,\"sequence_number\":9,\"timings\":{}"),
		    objects[i]));
		struct buf object = folded(FAMILY_RESPONSES, buf_slice(&stream));
		ck_assert_msg(slice_is(buf_slice(&object), objects[i]), "%.*s",
			      SLICE_FMT(buf_slice(&object)));
		buf_finish(&stream);
		buf_finish(&object);
	}
}
END_TEST

#define CUT                                                                                        \
	"{\"object\":\"response\",\"status\":\"incomplete\",\"output\":[],\"usage\":{},"           \
	"\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"completed_at\":null}"

START_TEST(an_answer_that_was_cut_short)
{
	struct buf object = folded(
	    FAMILY_RESPONSES, slice_of(CREATED EVENT("response.incomplete", ",\"response\":" CUT)));
	ck_assert(slice_is(buf_slice(&object), CUT));
	buf_finish(&object);
	assert_lossless(FAMILY_RESPONSES, slice_of(CUT));
}
END_TEST

START_TEST(streams_that_are_refused)
{
	static const char *const bad[] = {
	    "",
	    CREATED,
	    CREATED IN_PROGRESS,
	    COMPLETED(PLAIN("")),
	    CREATED CREATED COMPLETED(PLAIN("")),
	    IN_PROGRESS CREATED COMPLETED(PLAIN("")),
	    CREATED COMPLETED(PLAIN("")) COMPLETED(PLAIN("")),
	    CREATED COMPLETED(PLAIN("")) IN_PROGRESS,
	    CREATED EVENT("response.created", "") COMPLETED(PLAIN("")),
	    EVENT("response.created", "") COMPLETED(PLAIN("")),
	    CREATED EVENT("error", ",\"code\":\"x\",\"message\":\"m\"") COMPLETED(PLAIN("")),
	    CREATED "data: {\"error\":{\"message\":\"m\"}}\n\n" COMPLETED(PLAIN("")),
	    CREATED EVENT("response.failed", ",\"response\":" PLAIN("")) COMPLETED(PLAIN("")),
	    CREATED EVENT("news", "") COMPLETED(PLAIN("")),
	    CREATED "data: {}\n\n" COMPLETED(PLAIN("")),
	    CREATED "data: {\"type\":{}}\n\n" COMPLETED(PLAIN("")),
	    CREATED "data: 1\n\n" COMPLETED(PLAIN("")),
	    CREATED EVENT("response.completed", ""),
	    CREATED COMPLETED("1"),
	    CREATED COMPLETED(RESPONSE("failed", "", USAGE)),
	    CREATED COMPLETED(RESPONSE("incomplete", "", USAGE)),
	    CREATED EVENT("response.incomplete", ",\"response\":" PLAIN("")),
	    CREATED COMPLETED(RESPONSE("completed", "", "null")),
	    CREATED COMPLETED("{\"status\":\"completed\",\"usage\":{}}"),
	    CREATED COMPLETED("{\"status\":\"completed\",\"output\":{},\"usage\":{}}"),
	    CREATED COMPLETED("{\"status\":\"completed\",\"output\":[],\"usage\":{},\"error\":{}}"),
	    /* it may belong to the object */
	    CREATED EVENT("response.completed", ",\"news\":1,\"response\":" PLAIN("")),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(FAMILY_RESPONSES, bad[i]);
}
END_TEST

/* ## Unfold */

START_TEST(objects_that_are_refused)
{
	static const char *const bad[] = {
	    "{}",
	    "[]",
	    "{\"error\":{\"message\":\"m\"}}",
	    RESPONSE("failed", "", USAGE),
	    RESPONSE("in_progress", "", USAGE),
	    RESPONSE("completed", "", "null"),
	    "{\"status\":\"completed\",\"output\":{},\"usage\":{}}",
	    PLAIN("1"),
	    /* Clients check the ids of what comes in pieces. */
	    PLAIN("{\"type\":\"message\",\"content\":[]}"),
	    PLAIN("{\"type\":\"message\",\"id\":\"\",\"content\":[]}"),
	    PLAIN("{\"type\":\"function_call\",\"call_id\":\"c\",\"arguments\":\"\"}"),
	    PLAIN("{\"type\":\"message\",\"id\":\"m\",\"content\":\"a\"}"),
	    PLAIN(MESSAGE("completed", "1")),
	    PLAIN(MESSAGE("completed", "{\"type\":\"output_text\"}")),
	    PLAIN(MESSAGE("completed", "{\"type\":\"refusal\",\"refusal\":1}")),
	    PLAIN("{\"type\":\"reasoning\",\"id\":\"r\",\"content\":[{\"type\":\"text\"}]}"),
	    PLAIN("{\"type\":\"function_call\",\"id\":\"f\",\"arguments\":{}}"),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_not_unfolded(FAMILY_RESPONSES, bad[i]);
}
END_TEST

#define NUMBERED(type, number, members)                                                            \
	EVENT(type, ",\"sequence_number\":" number ",\"output_index\":" members)
#define AT_TEXT "0,\"item_id\":\"msg_1\",\"content_index\":0"
#define AT_CALL "1,\"item_id\":\"fc_1\""

START_TEST(a_stream_as_openai_sends_it)
{
	static const char stream[] = CREATED IN_PROGRESS NUMBERED(
	    "response.output_item.added", "2", "0,\"item\":" MESSAGE("in_progress", ""))
	    NUMBERED("response.content_part.added", "3", AT_TEXT ",\"part\":" TEXT("")) NUMBERED(
		"response.output_text.delta", "4",
		AT_TEXT
		",\"delta\":\"Hi\",\"logprobs\":[]") NUMBERED("response.output_text.delta", "5",
							      AT_TEXT
							      ",\"delta\":\" you\",\"logprobs\":[]")
		NUMBERED("response.output_text.done", "6",
			 AT_TEXT ",\"text\":\"Hi you\",\"logprobs\":[]")
		    NUMBERED("response.content_part.done", "7", AT_TEXT ",\"part\":" TEXT("Hi you"))
			NUMBERED("response.output_item.done", "8",
				 "0,\"item\":" MESSAGE("completed", TEXT("Hi you")))
			    NUMBERED("response.output_item.added", "9",
				     "1,\"item\":" CALL(
					 "in_progress",
					 "")) NUMBERED("response.function_call_arguments.delta",
						       "10", AT_CALL ",\"delta\":\"{\\\"a\\\":\"")
				NUMBERED("response.function_call_arguments.delta", "11",
					 AT_CALL ",\"delta\":\" 1}\"")
				    NUMBERED("response.function_call_arguments.done", "12",
					     AT_CALL
					     ",\"arguments\":\"{\\\"a\\\": 1}\",\"name\":\"f\"")
					NUMBERED("response.output_item.done", "13",
						 "1,\"item\":" CALL("completed", "{\\\"a\\\": 1}"))
					    EVENT("response.completed",
						  ",\"sequence_number\":14,\"response\":" PLAIN(
						      MESSAGE("completed", TEXT("Hi you")) "," CALL(
							  "completed", "{\\\"a\\\": 1}")));
	struct buf out = unfolded(FAMILY_RESPONSES,
				  slice_of(PLAIN(MESSAGE("completed", TEXT("Hi you")) "," CALL(
				      "completed", "{\\\"a\\\": 1}"))),
				  true, 0);
	ck_assert_msg(slice_is(buf_slice(&out), stream), "%.*s\n%s", SLICE_FMT(buf_slice(&out)),
		      stream);
	buf_finish(&out);
}
END_TEST

/* ## What a client makes of it: the rules of the accumulator in OpenAI's SDK, and that what is done
 * is what was told in pieces before */

struct client {
	struct tree *tree;
	struct node *response;
	int64_t sequence;
	bool ended;
};

static const struct {
	const char *prefix; /* of the events' types, before .delta and .done */
	const char *item;
	const char *list; /* NULL: the string is the item's */
	const char *index;
	const char *member;
} strings[] = {
    {"response.output_text", "message", "content", "content_index", "text"},
    {"response.refusal", "message", "content", "content_index", "refusal"},
    {"response.reasoning_text", "reasoning", "content", "content_index", "text"},
    {"response.reasoning_summary_text", "reasoning", "summary", "summary_index", "text"},
    {"response.function_call_arguments", "function_call", NULL, NULL, "arguments"},
    {"response.custom_tool_call_input", "custom_tool_call", NULL, NULL, "input"},
};

static struct node *item_of(struct client *c, struct node *event)
{
	struct node *output = node_value(c->response, "output");
	struct node *item = element(output, node_value(event, "output_index"));
	ck_assert_ptr_eq(item, output->last);
	assert_same_nodes(node_value(item, "id"), node_value(event, "item_id"));
	return item;
}

static void read_string(struct client *c, struct node *event, size_t i, bool delta)
{
	struct node *item = item_of(c, event);
	ck_assert(node_is(node_value(item, "type"), strings[i].item));
	struct node *owner = strings[i].list ? element(node_value(item, strings[i].list),
						       node_value(event, strings[i].index))
					     : item;
	struct node *string = node_value(owner, strings[i].member);
	if (!delta)
		assert_same_nodes(string, node_value(event, strings[i].member));
	else
		node_append(string, node_take(event, "delta"));
	if (strcmp(strings[i].member, "text") != 0 || !node_is(node_value(item, "type"), "message"))
		return;
	struct node *logprobs = node_value(event, "logprobs");
	ck_assert(logprobs && logprobs->kind == JSON_ARRAY_OPEN);
	while (delta && logprobs->first)
		node_append(node_value(owner, "logprobs"), node_shift(logprobs));
}

static bool try_string(struct client *c, struct node *event, struct slice type)
{
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct slice prefix = slice_of(strings[i].prefix);
		if (!slice_starts(type, prefix))
			continue;
		struct slice rest = slice_after(type, prefix.len);
		if (!slice_is(rest, ".delta") && !slice_is(rest, ".done"))
			continue;
		read_string(c, event, i, slice_is(rest, ".delta"));
		return true;
	}
	return false;
}

static void read_part(struct client *c, struct node *event, const char *list_name,
		      const char *index, bool added)
{
	struct node *list = node_value(item_of(c, event), list_name);
	int64_t at = node_number(node_value(event, index));
	ck_assert_int_eq(at + !added, node_count(list));
	struct node *part = node_take(event, "part");
	if (added)
		node_append(list, part);
	else
		assert_same_nodes(list->last, part);
}

static void read_annotation(struct client *c, struct node *event)
{
	struct node *part =
	    element(node_value(item_of(c, event), "content"), node_value(event, "content_index"));
	struct node *annotations = node_value(part, "annotations");
	ck_assert_int_eq(node_number(node_value(event, "annotation_index")),
			 node_count(annotations));
	node_append(annotations, node_take(event, "annotation"));
}

static void read_item(struct client *c, struct node *event, bool added)
{
	struct node *output = node_value(c->response, "output");
	int64_t at = node_number(node_value(event, "output_index"));
	ck_assert_int_eq(at + !added, node_count(output));
	struct node *item = node_take(event, "item");
	if (added) {
		node_append(output, item);
		return;
	}
	if (node_member(item, "status")) /* was in progress */
		node_set(output->last, "status", tree_copy(c->tree, node_member(item, "status")));
	assert_same_nodes(output->last, item);
}

static void read_response(struct client *c, struct node *event, bool last)
{
	struct node *response = node_take(event, "response");
	if (c->response)
		assert_same_nodes(node_value(c->response, "output"),
				  node_value(response, "output"));
	ck_assert(last || node_is(node_value(response, "status"), "in_progress"));
	c->response = response;
	c->ended = last;
}

static void read_event(void *context, struct node *event)
{
	struct client *c = context;
	const struct node *type = node_value(event, "type");
	ck_assert_int_eq(node_number(node_value(event, "sequence_number")), c->sequence++);
	ck_assert(!c->ended && (c->response != NULL) == !node_is(type, "response.created"));
	if (try_string(c, event, type->text))
		return;
	if (node_is(type, "response.output_item.added") ||
	    node_is(type, "response.output_item.done"))
		read_item(c, event, node_is(type, "response.output_item.added"));
	else if (node_is(type, "response.content_part.added") ||
		 node_is(type, "response.content_part.done"))
		read_part(c, event, "content", "content_index",
			  node_is(type, "response.content_part.added"));
	else if (node_is(type, "response.reasoning_summary_part.added") ||
		 node_is(type, "response.reasoning_summary_part.done"))
		read_part(c, event, "summary", "summary_index",
			  node_is(type, "response.reasoning_summary_part.added"));
	else if (node_is(type, "response.output_text.annotation.added"))
		read_annotation(c, event);
	else
		read_response(c, event,
			      node_is(type, "response.completed") ||
				  node_is(type, "response.incomplete"));
}

static void assert_understood(struct slice object)
{
	struct buf stream = unfolded(FAMILY_RESPONSES, object, true, 0);
	struct client c = {.tree = tree_create(NODES_MOST)};
	each_typed_event(c.tree, buf_slice(&stream), read_event, &c);
	ck_assert(c.ended);
	assert_same_nodes(c.response, read_document(c.tree, object));
	tree_destroy(&c.tree);
	buf_finish(&stream);
}

/* Items in the shapes of OpenAI and vLLM. */
static const char *const items[] = {
    MESSAGE("completed", ""),
    MESSAGE("completed", TEXT("")),
    MESSAGE("incomplete", TEXT("one \\\"two\\\" three") "," TEXT("\\u0000 \\ud83d\\ude00")),
    MESSAGE("completed", "{\"type\":\"refusal\",\"refusal\":\"I can not do that.\"}"),
    /* llama.cpp's and vLLM's parts may lack lists, or have null there */
    MESSAGE("completed", "{\"type\":\"output_text\",\"text\":\"a b\"}"),
    MESSAGE("completed", "{\"type\":\"output_text\",\"text\":\"a b\",\"annotations\":null,"
			 "\"logprobs\":null}"),
    MESSAGE("completed",
	    "{\"type\":\"output_text\",\"text\":\"a b\",\"logprobs\":[{\"token\":\"a\","
	    "\"logprob\":-0.10,\"bytes\":[97],\"top_logprobs\":[]},{\"token\":\" b\"}],"
	    "\"annotations\":[{\"type\":\"url_citation\",\"url\":\"u\",\"start_index\":0},{}]}"),
    MESSAGE("completed", "{\"type\":\"output_audio\",\"data\":\"x\"}," TEXT("a")),
    CALL("completed", ""),
    CALL("completed", "{\\\"city\\\": \\\"Lima\\\", \\\"unit\\\":\\\"c\\\"}"),
    "{\"id\":\"ctc_1\",\"type\":\"custom_tool_call\",\"call_id\":\"c\",\"name\":\"n\","
    "\"input\":\"print 1\"}",
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":"
    "\"first this\"},{\"type\":\"summary_text\",\"text\":\"then that\"}],"
    "\"encrypted_content\":\"gAAA\"}",
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],\"content\":[{\"type\":"
    "\"reasoning_text\",\"text\":\"hm so\"}],\"encrypted_content\":null,\"status\":null}",
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],\"content\":null}",
    "{\"id\":\"ws_1\",\"type\":\"web_search_call\",\"status\":\"completed\",\"action\":{}}",
    "{\"type\":\"new\",\"content\":\"x\",\"input\":[1]}",
};

START_TEST(items_are_unfolded)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	ck_assert(buf_printf(&object, PLAIN("%s,%s"), items[_i], items[0]));
	assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
	assert_understood(buf_slice(&object));
	buf_finish(&object);
}
END_TEST

/* ## Any response */

static void add_random_part(struct buf *out, uint32_t *seed)
{
	if (trace_random(seed) % 3 == 0) {
		add(out, "{\"type\":\"refusal\",");
		add_random_member(out, "refusal", seed);
	} else {
		add(out, "{\"type\":\"output_text\",\"annotations\":[");
		add_random_value(out, seed, 3);
		add(out, ",{}],\"logprobs\":[");
		add(out, "],");
		add_random_member(out, "text", seed);
	}
	add(out, ",\"extra\":");
	add_random_value(out, seed, 1);
	add(out, "}");
}

static void add_random_item(struct buf *out, uint32_t *seed)
{
	switch (trace_random(seed) % 4) {
	case 0:
		add(out, "{\"type\":\"message\",\"id\":\"m\\u005f1\",\"status\":\"completed\","
			 "\"content\":[");
		for (unsigned left = trace_random(seed) % 4; left; left--) {
			add_random_part(out, seed);
			add(out, left > 1 ? "," : "");
		}
		add(out, "]");
		break;
	case 1:
		add(out, "{\"type\":\"reasoning\",\"id\":\"r\",\"summary\":[{\"type\":"
			 "\"summary_text\",");
		add_random_member(out, "text", seed);
		add(out, "}],\"content\":[{\"type\":\"reasoning_text\",");
		add_random_member(out, "text", seed);
		add(out, "}]");
		break;
	case 2:
		add(out,
		    "{\"type\":\"function_call\",\"id\":\"f\",\"name\":\"n\",\"call_id\":\"c\",");
		add_random_member(out, "arguments", seed);
		break;
	default:
		add(out, "{\"type\":\"mcp_call\",\"status\":\"completed\",\"arguments\":");
		add_random_value(out, seed, 3);
	}
	add(out, ",\"extra\":");
	add_random_value(out, seed, 1);
	add(out, "}");
}

START_TEST(any_response_survives)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	uint32_t seed = 20260402;
	for (int i = 0; i < 1000; i++) {
		buf_clear(&object);
		add(&object, "{\"object\":\"response\",\"status\":\"completed\",\"completed_at\":7,"
			     "\"incomplete_details\":null,\"usage\":{\"total_tokens\":5},\"x\":");
		add_random_value(&object, &seed, 3);
		add(&object, ",\"output\":[");
		for (unsigned left = trace_random(&seed) % 5; left; left--) {
			add_random_item(&object, &seed);
			add(&object, left > 1 ? "," : "");
		}
		add(&object, "]}");
		assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
		assert_understood(buf_slice(&object));
	}
	buf_finish(&object);
}
END_TEST

/* ## Large ones */

START_TEST(thousands_of_items)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	add(&object, "{\"status\":\"completed\",\"usage\":{},\"output\":[");
	for (int i = 0; i < 10000; i++)
		add(&object, CALL("completed", "{}") ",");
	add(&object, MESSAGE("completed", TEXT("a")) "]}");
	assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
	buf_finish(&object);
}
END_TEST

START_TEST(megabytes_of_words)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	add(&object, "{\"status\":\"completed\",\"usage\":{},\"output\":[{\"type\":\"message\","
		     "\"id\":\"m\",\"content\":[{\"type\":\"output_text\",\"text\":\"");
	for (int i = 0; i < 150000; i++)
		add(&object, "word \\\"is\\\" ");
	add(&object, "\"}]}]}");
	assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
	buf_finish(&object);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fold_responses");
	TCase *c = tcase_create("fold");
	tcase_set_timeout(c, 60);
	tcase_add_test(c, recorded_pairs_mean_the_same);
	tcase_add_test(c, recorded_answers_are_unfolded);
	tcase_add_test(c, the_last_event_has_it_all);
	tcase_add_test(c, an_answer_that_was_cut_short);
	tcase_add_test(c, streams_that_are_refused);
	suite_add_tcase(suite, c);
	c = tcase_create("unfold");
	tcase_set_timeout(c, 60);
	tcase_add_test(c, objects_that_are_refused);
	tcase_add_test(c, a_stream_as_openai_sends_it);
	tcase_add_loop_test(c, items_are_unfolded, 0, sizeof(items) / sizeof(items[0]));
	tcase_add_test(c, any_response_survives);
	tcase_add_test(c, thousands_of_items);
	tcase_add_test(c, megabytes_of_words);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
