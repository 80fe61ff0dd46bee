#include "proxy/openai/parse/parsed_request.h"

#include "tests/unit/main.h"
#include "tests/unit/trace.h"

static struct canonical *canonical;
static const struct parsed_request_options no_options;

static void setup(void)
{
	canonical = canonical_create();
}

static void teardown(void)
{
	canonical_destroy(&canonical);
}

static const struct endpoint *at(const char *path)
{
	const struct endpoint *endpoint = endpoint_find(slice_of("POST"), slice_of(path));
	ck_assert_msg(endpoint, "%s", path);
	return endpoint;
}

static struct parsed_request parsed(const char *path, struct slice body, struct buf *form)
{
	struct parsed_request parsed;
	parsed_request_read(at(path), canonical, body, &no_options, form, &parsed);
	return parsed;
}

#define CHAT "/v1/chat/completions"
#define RESPONSES "/v1/responses"
#define MESSAGES "/v1/messages"

/* A chat with one content part. */
#define PART(part) "{\"messages\":[{\"role\":\"user\",\"content\":[" part "]}]}"
#define TOOL(tool) "{\"tools\":[" tool "]}"

static const struct {
	const char *path;
	const char *body;
	enum verdict verdict;
} bodies[] = {
    {CHAT, "{\"model\":\"m\",\"messages\":[]}", VERDICT_FINE},
    {CHAT, "", VERDICT_EMPTY_BODY},
    {CHAT, " ", VERDICT_INVALID_JSON},
    {CHAT, "{\"a\":1", VERDICT_INVALID_JSON},
    {CHAT, "{\"a\":01}", VERDICT_INVALID_JSON},
    {CHAT, "\xef\xbb\xbf{}", VERDICT_INVALID_JSON},
    {CHAT, "{\"a\":\"\xff\"}", VERDICT_NOT_UTF8},
    {CHAT, "{\"a\":\"\\ud800\"}", VERDICT_LONE_SURROGATE},
    {CHAT, "{} {}", VERDICT_TRAILING_BYTES},
    {CHAT, "{\"a\":1,\"\\u0061\":1}", VERDICT_DUPLICATE_MEMBER},
    {CHAT, "{\"a\":[{\"b\":1,\"b\":2}]}", VERDICT_DUPLICATE_MEMBER},
    {CHAT, "{\"user\":\"a\",\"user\":\"b\"}", VERDICT_DUPLICATE_MEMBER},
    {CHAT, "[]", VERDICT_NOT_AN_OBJECT},
    {CHAT, "null", VERDICT_NOT_AN_OBJECT},
    {CHAT, "{\"stream\":\"true\"}", VERDICT_STREAM_UNCLEAR},
    {CHAT, "{\"stream\":1}", VERDICT_STREAM_UNCLEAR},
    {CHAT, "{\"stream\":{}}", VERDICT_STREAM_UNCLEAR},
    {CHAT, "{\"stream_options\":true}", VERDICT_STREAM_UNCLEAR},
    {CHAT, "{\"stream_options\":[]}", VERDICT_STREAM_UNCLEAR},
    {"/v1/embeddings", "{\"stream\":\"true\"}", VERDICT_FINE},

    {RESPONSES, "{\"previous_response_id\":\"r\"}", VERDICT_PREVIOUS_RESPONSE},
    {RESPONSES, "{\"previous_response_id\":null}", VERDICT_FINE},
    {RESPONSES, "{\"metadata\":{\"previous_response_id\":\"r\"}}", VERDICT_FINE},
    {RESPONSES, "{\"conversation\":\"c\"}", VERDICT_CONVERSATION},
    {RESPONSES, "{\"conversation\":{\"id\":\"c\"}}", VERDICT_CONVERSATION},
    {RESPONSES, "{\"prompt\":{\"id\":\"pmpt_1\"}}", VERDICT_STORED_PROMPT},
    {"/v1/completions", "{\"prompt\":\"x\"}", VERDICT_FINE},
    {RESPONSES, "{\"input\":[{\"type\":\"item_reference\",\"id\":\"m\"}]}", VERDICT_STORED_ITEM},
    {RESPONSES, "{\"background\":true}", VERDICT_BACKGROUND},
    {RESPONSES, "{\"background\":true,\"store\":true}", VERDICT_BACKGROUND},
    {RESPONSES, "{\"background\":false,\"store\":true}", VERDICT_FINE},
    {RESPONSES, TOOL("{\"type\":\"mcp\",\"server_label\":\"l\"}"), VERDICT_MCP_SERVER},
    {RESPONSES, TOOL("{\"server_url\":\"https://s\"}"), VERDICT_MCP_SERVER},
    {RESPONSES, TOOL("{\"connector_id\":\"c\"}"), VERDICT_MCP_SERVER},
    {MESSAGES, "{\"mcp_servers\":[{\"name\":\"s\"}]}", VERDICT_MCP_SERVER},
    {RESPONSES, TOOL("{\"vector_store_ids\":[\"v\"]}"), VERDICT_VECTOR_STORE},
    {RESPONSES, TOOL("{\"type\":\"file_search\"}"), VERDICT_VECTOR_STORE},
    {RESPONSES, TOOL("{\"type\":\"web_search_preview\"}"), VERDICT_WEB_SEARCH},
    {MESSAGES, TOOL("{\"type\":\"web_search_20250305\",\"name\":\"w\"}"), VERDICT_WEB_SEARCH},
    {MESSAGES, TOOL("{\"type\":\"web_fetch_20250910\"}"), VERDICT_WEB_SEARCH},
    {CHAT, "{\"web_search_options\":{}}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"search_parameters\":{}}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"search_settings\":{}}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"enable_search\":true}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"enable_search\":false}", VERDICT_FINE},
    {CHAT, "{\"model\":\"a/b:online\"}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"model\":\"a/b:online2\"}", VERDICT_FINE},
    {CHAT, "{\"model\":\"gpt-4o-search-preview-2025-03-11\"}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"model\":\"gpt-5-search-api\"}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"model\":\"perplexity/sonar-pro\"}", VERDICT_WEB_SEARCH},
    {CHAT, "{\"model\":\"research-7b\"}", VERDICT_FINE},
    {CHAT, "{\"metadata\":{\"model\":\"a/b:online\"}}", VERDICT_FINE},
    {RESPONSES, TOOL("{\"type\":\"x_search\"}"), VERDICT_WEB_SEARCH},
    {RESPONSES, TOOL("{\"type\":\"collections_search\"}"), VERDICT_VECTOR_STORE},
    {RESPONSES, TOOL("{\"type\":\"shell\",\"environment\":{\"type\":\"container_auto\"}}"),
     VERDICT_CONTAINER},
    {CHAT, "{\"session_params\":{\"id\":\"s\"}}", VERDICT_CONVERSATION},
    {CHAT, "{\"conversation_id\":\"c\"}", VERDICT_CONVERSATION},
    {CHAT, "{\"thread_id\":\"c\"}", VERDICT_CONVERSATION},
    {CHAT, "{\"thread_id\":null}", VERDICT_FINE},
    {CHAT, PART("{\"type\":\"image\",\"image\":\"https://a\"}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"type\":\"image\",\"image\":\"data:image/png;base64,AA\"}"), VERDICT_FINE},
    {CHAT, PART("{\"type\":\"image\",\"image\":\"/9j/4AAQ//8=\"}"), VERDICT_FINE},
    {CHAT, PART("{\"type\":\"video\",\"video\":\"file:///a\"}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"type\":\"audio\",\"audio\":\"s3://a\"}"), VERDICT_REMOTE_MEDIA},
    {"/v1/embeddings", "{\"input\":[{\"image\":\"https://a\"}]}", VERDICT_REMOTE_MEDIA},
    {CHAT, "{\"plugins\":[1]}", VERDICT_SERVER_TOOL},
    {CHAT, "{\"data_sources\":[{}]}", VERDICT_SERVER_TOOL},
    {MESSAGES, PART("{\"type\":\"server_tool_use\"}"), VERDICT_SERVER_TOOL},
    {RESPONSES, TOOL("{\"type\":\"code_interpreter\"}"), VERDICT_CONTAINER},
    {RESPONSES, "{\"input\":[{\"container_id\":\"c\"}]}", VERDICT_CONTAINER},
    {MESSAGES, TOOL("{\"type\":\"code_execution_20250522\"}"), VERDICT_CONTAINER},
    {MESSAGES, "{\"container\":\"c\"}", VERDICT_CONTAINER},
    {CHAT, "{\"kv_transfer_params\":{}}", VERDICT_KV_TRANSFER},
    {CHAT, "{\"kv_transfer_params\":null}", VERDICT_FINE},
    {CHAT, "{\"ec_transfer_params\":{}}", VERDICT_KV_TRANSFER},

    {CHAT, PART("{\"image_url\":{\"url\":\"https://a/b.png\"}}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"image_url\":{\"url\":\"file:///b.png\"}}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"image_url\":{\"url\":\"\"}}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"image_url\":{\"\\u0075rl\":\"http:x\"}}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"image_url\":{\"url\":\"data:image/png;base64,AA\"}}"), VERDICT_FINE},
    {CHAT, PART("{\"image_url\":{\"url\":\"DATA:,\"}}"), VERDICT_FINE},
    {CHAT, PART("{\"image_url\":\"https://a\"}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"video_url\":{\"url\":\"https://a\"}}"), VERDICT_REMOTE_MEDIA},
    {CHAT, PART("{\"audio_url\":\"https://a\"}"), VERDICT_REMOTE_MEDIA},
    {RESPONSES, "{\"input\":[{\"content\":[{\"file_url\":\"https://a\"}]}]}", VERDICT_REMOTE_MEDIA},
    {MESSAGES, PART("{\"source\":{\"type\":\"url\",\"url\":\"https://a\"}}"), VERDICT_REMOTE_MEDIA},
    {MESSAGES, PART("{\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}"), VERDICT_FILE_REFERENCE},
    {CHAT, PART("{\"file\":{\"file_id\":\"f\"}}"), VERDICT_FILE_REFERENCE},
    {RESPONSES, TOOL("{\"file_ids\":[\"f\"]}"), VERDICT_FILE_REFERENCE},
    {CHAT, PART("{\"image_url\":null,\"uuid\":\"u\"}"), VERDICT_FILE_REFERENCE},
    {CHAT, "{\"messages\":[{\"role\":\"assistant\",\"audio\":{\"id\":\"a\"}}]}",
     VERDICT_FILE_REFERENCE},
    {CHAT, "{\"audio\":{\"voice\":\"v\"}}", VERDICT_FINE},
    {CHAT, "{\"messages\":[{\"content\":\"see https://a, url and file_id\"}]}", VERDICT_FINE},

    /* A schema may have properties of any name. */
    {CHAT,
     TOOL("{\"type\":\"function\",\"function\":{\"parameters\":{\"type\":\"object\","
	  "\"$schema\":\"http://json-schema.org/x\",\"properties\":{"
	  "\"url\":{\"type\":\"string\"},\"file_id\":{\"type\":\"string\"},"
	  "\"file_ids\":{\"type\":\"array\"},\"audio\":{\"type\":\"object\"},"
	  "\"container\":{\"type\":\"string\"},\"server_url\":{\"type\":\"string\"},"
	  "\"conversation\":{\"type\":\"string\"}}}}}"),
     VERDICT_FINE},
    /* What the model wrote for a tool is text; other members are not. */
    {MESSAGES, PART("{\"type\":\"tool_use\",\"input\":{\"url\":\"https://a\"}}"), VERDICT_FINE},
    {MESSAGES,
     PART("{\"input\":{\"a\":{\"url\":\"https://a\"}}},"
	  "{\"source\":{\"url\":\"https://a\"}}"),
     VERDICT_REMOTE_MEDIA},
    {MESSAGES, PART("{\"input\":{\"a\":1},\"url\":\"https://a\"}"), VERDICT_REMOTE_MEDIA},
    {CHAT, "{\"input\":{\"url\":\"https://a\"}}", VERDICT_REMOTE_MEDIA},
    {MESSAGES, "{\"input\":{\"url\":\"https://a\"}}", VERDICT_REMOTE_MEDIA},
};

START_TEST(verdicts_on_bodies)
{
	struct buf form = buf_make(1 << 16);
	ck_assert(buf_append_text(&form, "scope"));
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		form.len = strlen("scope");
		struct parsed_request got = parsed(bodies[i].path, slice_of(bodies[i].body), &form);
		ck_assert_msg(got.verdict == bodies[i].verdict, "%s: %s", bodies[i].body,
			      verdict_text(got.verdict));
		bool grown = form.len > strlen("scope");
		ck_assert_msg(grown == (got.verdict == VERDICT_FINE), "%s", bodies[i].body);
	}
	buf_finish(&form);
}
END_TEST

/* `count` times `open`, then as often `close`, as the value of a member. */
static struct buf nest(unsigned count, const char *open, const char *close)
{
	struct buf b = buf_make(16 << 20);
	ensure(buf_append_text(&b, "{\"a\":"));
	for (unsigned i = 0; i < count; i++)
		ensure(buf_append_text(&b, open));
	for (unsigned i = 0; i < count; i++)
		ensure(buf_append_text(&b, close));
	ensure(buf_append_byte(&b, '}'));
	return b;
}

START_TEST(bounds_have_verdicts)
{
	struct buf form = buf_make(1 << 26);
	struct buf deep = nest(JSON_DEPTH + 1, "[", "]");
	ck_assert(parsed(CHAT, buf_slice(&deep), &form).verdict == VERDICT_TOO_DEEP);
	struct buf many = buf_make(16 << 20);
	ck_assert(buf_append_text(&many, "{\"a\":[0"));
	for (unsigned i = 0; i < JSON_NODES; i++)
		ensure(buf_append_text(&many, ",0"));
	ck_assert(buf_append_text(&many, "]}"));
	ck_assert(parsed(CHAT, buf_slice(&many), &form).verdict == VERDICT_TOO_MANY_VALUES);
	struct buf small = buf_make(20);
	ck_assert(parsed(CHAT, slice_of("{\"a\":\"0123456789abcdef\"}"), &small).verdict ==
		  VERDICT_REQUEST_TOO_LARGE);
	ck_assert_uint_eq(small.len, 0);
	buf_finish(&deep);
	buf_finish(&many);
	buf_finish(&small);
	buf_finish(&form);
}
END_TEST

START_TEST(wire_form)
{
	static const struct {
		const char *path;
		const char *body;
		enum wire_form form;
	} cases[] = {
	    {CHAT, "{}", WIRE_PLAIN},
	    {CHAT, "{\"stream\":true}", WIRE_STREAM},
	    {CHAT, "{\"stream\":false}", WIRE_PLAIN},
	    {CHAT, "{\"stream\":null}", WIRE_PLAIN},
	    {CHAT, "{\"a\":{\"stream\":true}}", WIRE_PLAIN},
	    {CHAT, "{\"stream\":true,\"kv_transfer_params\":1}", WIRE_STREAM},
	    {"/v1/embeddings", "{\"stream\":true}", WIRE_PLAIN},
	};
	struct buf form = buf_make(1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed_request got = parsed(cases[i].path, slice_of(cases[i].body), &form);
		ck_assert_msg(got.form == cases[i].form, "%s", cases[i].body);
	}
	buf_finish(&form);
}
END_TEST

static bool equal(const char *path, const char *a, const char *b,
		  const struct parsed_request_options *options)
{
	struct buf forms[2] = {buf_make(1 << 16), buf_make(1 << 16)};
	struct parsed_request got;
	parsed_request_read(at(path), canonical, slice_of(a), options, &forms[0], &got);
	ck_assert_msg(got.verdict == VERDICT_FINE, "%s", a);
	parsed_request_read(at(path), canonical, slice_of(b), options, &forms[1], &got);
	ck_assert_msg(got.verdict == VERDICT_FINE, "%s", b);
	bool same = slice_equal(buf_slice(&forms[0]), buf_slice(&forms[1]));
	buf_finish(&forms[0]);
	buf_finish(&forms[1]);
	return same;
}

#define OPTIONS(stream, options) "{\"a\":1,\"stream\":" stream ",\"stream_options\":" options "}"

static const struct {
	const char *path;
	const char *a;
	const char *b;
	bool equal;
} pairs[] = {
    {CHAT, "{\"a\":1}", "{\"a\":1,\"stream\":true}", true},
    {CHAT, "{\"a\":1}", "{\"a\":1,\"stream\":null}", true},
    {CHAT, "{\"a\":1}",
     "{\"user\":\"u\",\"request_id\":\"r\",\"priority\":1,"
     "\"id_slot\":2,\"cache_prompt\":false,\"a\":1}",
     true},
    {CHAT, "{\"a\":1}", "{\"a\":1,\"session_id\":\"s\"}", false},
    {CHAT, "{\"a\":1}", "{\"a\":1,\"cache_salt\":\"s\"}", false},
    {CHAT, "{\"a\":1}", "{\"a\":1,\"timings_per_token\":true}", false},
    {CHAT, "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1,\"user\":\"u\"}}", false},
    {"/v1/embeddings", "{\"a\":1}", "{\"a\":1,\"stream\":true}", false},
    {"/v1/embeddings", "{\"a\":1}", "{\"a\":1,\"stream_options\":{}}", false},
    {"/v1/embeddings", "{\"a\":1}", "{\"a\":1,\"user\":\"u\"}", true},

    /* What stream options add can be removed again. */
    {CHAT, "{\"a\":1}", OPTIONS("true", "null"), true},
    {CHAT, "{\"a\":1}", OPTIONS("true", "{\"include_usage\":true}"), true},
    {CHAT, "{\"a\":1}", OPTIONS("false", "{\"b\":1}"), true},
    {RESPONSES, "{\"a\":1}", OPTIONS("true", "{\"include_obfuscation\":false}"), true},
    {CHAT, "{\"x\":{\"stream_options\":{\"b\":1}},\"stream\":true}",
     "{\"x\":{\"stream_options\":{\"b\":2}},\"stream\":true}", false},

    /* Where order matters, and where it does not. */
    {CHAT, "{\"messages\":[{\"role\":\"u\",\"content\":[{\"a\":1,\"b\":2}]}]}",
     "{\"messages\":[{\"content\":[{\"b\":2,\"a\":1}],\"role\":\"u\"}]}", true},
    {CHAT, "{\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"data:,\",\"d\":1}}]}]}",
     "{\"messages\":[{\"content\":[{\"image_url\":{\"d\":1,\"url\":\"data:,\"}}]}]}", true},
    {CHAT, "{\"messages\":[{\"tool_calls\":[{\"id\":\"i\",\"type\":\"f\",\"n\":1}]}]}",
     "{\"messages\":[{\"tool_calls\":[{\"n\":1,\"type\":\"f\",\"id\":\"i\"}]}]}", true},
    {CHAT, "{\"messages\":[{\"tool_calls\":[{\"function\":{\"a\":1,\"b\":2}}]}]}",
     "{\"messages\":[{\"tool_calls\":[{\"function\":{\"b\":2,\"a\":1}}]}]}", false},
    {CHAT, "{\"messages\":[{\"a\":1},{\"b\":2}]}", "{\"messages\":[{\"b\":2},{\"a\":1}]}", false},
    {CHAT, TOOL("{\"type\":\"function\",\"name\":\"f\"}"),
     TOOL("{\"name\":\"f\",\"type\":\"function\"}"), false},
    {CHAT, "{\"response_format\":{\"a\":1,\"b\":2}}", "{\"response_format\":{\"b\":2,\"a\":1}}",
     false},
    {CHAT, "{\"chat_template_kwargs\":{\"a\":1,\"b\":2}}",
     "{\"chat_template_kwargs\":{\"b\":2,\"a\":1}}", false},
    {CHAT, "{\"documents\":[{\"a\":1,\"b\":2}]}", "{\"documents\":[{\"b\":2,\"a\":1}]}", false},
    {RESPONSES, "{\"input\":[{\"role\":\"u\",\"content\":[{\"a\":1,\"b\":2}]}]}",
     "{\"input\":[{\"content\":[{\"b\":2,\"a\":1}],\"role\":\"u\"}]}", true},
    {RESPONSES, "{\"text\":{\"a\":1,\"b\":2}}", "{\"text\":{\"b\":2,\"a\":1}}", false},
    {MESSAGES, "{\"messages\":[{\"content\":[{\"id\":\"i\",\"input\":{\"a\":1,\"b\":2}}]}]}",
     "{\"messages\":[{\"content\":[{\"input\":{\"a\":1,\"b\":2},\"id\":\"i\"}]}]}", true},
    {MESSAGES, "{\"messages\":[{\"content\":[{\"input\":{\"a\":1,\"b\":2}}]}]}",
     "{\"messages\":[{\"content\":[{\"input\":{\"b\":2,\"a\":1}}]}]}", false},
    {MESSAGES, "{\"messages\":[{\"content\":[{\"content\":[{\"a\":1,\"b\":2}]}]}]}",
     "{\"messages\":[{\"content\":[{\"content\":[{\"b\":2,\"a\":1}]}]}]}", true},
    {MESSAGES, "{\"system\":[{\"type\":\"text\",\"text\":\"t\"}]}",
     "{\"system\":[{\"text\":\"t\",\"type\":\"text\"}]}", true},
    {"/v1/rerank", "{\"documents\":[\"a\",\"b\"]}", "{\"documents\":[\"b\",\"a\"]}", false},
};

START_TEST(names_of_pairs)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_msg(equal(pairs[i].path, pairs[i].a, pairs[i].b, &no_options) ==
				  pairs[i].equal,
			      "%s | %s", pairs[i].a, pairs[i].b);
}
END_TEST

START_TEST(configured_members_are_left_out)
{
	const char *const ignore[] = {"trace", "metadata"};
	const struct parsed_request_options options = {ignore, 2};
	ck_assert(equal(CHAT, "{\"a\":1}", "{\"a\":1,\"trace\":1,\"metadata\":{}}", &options));
	ck_assert(!equal(CHAT, "{\"a\":1}", "{\"a\":1,\"traces\":1}", &options));
	ck_assert(!equal(CHAT, "{\"a\":{}}", "{\"a\":{\"trace\":1}}", &options));
	struct buf form = buf_make(1 << 16);
	struct parsed_request got;
	parsed_request_read(at(CHAT), canonical, slice_of("{\"trace\":{\"file_id\":\"f\"}}"),
			    &options, &form, &got);
	ck_assert(got.verdict == VERDICT_FILE_REFERENCE);
	buf_finish(&form);
}
END_TEST

static unsigned traces_parsed;

/* Requests that a server answered with 200 have a cache key, except for dup-key. */
static void parsed_request_trace(const struct trace *t)
{
	const struct endpoint *endpoint = endpoint_find(t->method, t->path);
	if (!endpoint || t->status != 200)
		return;
	struct buf form = buf_make(1 << 20);
	struct parsed_request got;
	parsed_request_read(endpoint, canonical, buf_slice(&t->request_body), &no_options, &form,
			    &got);
	bool twice = strcmp(t->name, "dup-key") == 0;
	ck_assert_msg(got.verdict == (twice ? VERDICT_DUPLICATE_MEMBER : VERDICT_FINE), "%s: %s",
		      t->name, verdict_text(got.verdict));
	ck_assert_msg(trace_streams(t) == (got.form != WIRE_PLAIN), "%s", t->name);
	buf_finish(&form);
	traces_parsed++;
}

START_TEST(every_recorded_request)
{
	trace_each(parsed_request_trace);
	ck_assert_uint_ge(traces_parsed, 120);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parsed_request");
	TCase *all = tcase_create("parsed_request");
	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, verdicts_on_bodies);
	tcase_add_test(all, bounds_have_verdicts);
	tcase_add_test(all, wire_form);
	tcase_add_test(all, names_of_pairs);
	tcase_add_test(all, configured_members_are_left_out);
	tcase_add_test(all, every_recorded_request);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
