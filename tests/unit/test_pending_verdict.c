/* Verdicts that later members confirm or revoke. Members are passed in the order of the text, as in
 * external_state.c. */
#include "proxy/openai/parse/pending_verdict.h"

#include "tests/unit/main.h"

static struct canonical_member member(unsigned depth, const char *key, enum json_kind kind,
				      const char *value)
{
	return (struct canonical_member){.depth = depth,
					 .key = key ? slice_of(key) : (struct slice){0},
					 .kind = kind,
					 .value = slice_of(value)};
}

static enum verdict value(struct pending_verdict *p, unsigned depth, const char *key,
			  enum json_kind kind, const char *text)
{
	struct canonical_member m = member(depth, key, kind, text);
	return pending_verdict_value(p, &m);
}

static enum verdict hold(struct pending_verdict *p, unsigned depth, const char *key,
			 enum json_kind kind, enum pending_verdict_condition until,
			 enum verdict verdict)
{
	struct canonical_member m = member(depth, key, kind, "");
	return pending_verdict_hold(p, &m, until, verdict);
}

static enum verdict block(struct pending_verdict *p, unsigned depth, const char *key,
			  const char *text, bool in_medium)
{
	struct canonical_member m = member(depth, key, JSON_STRING, text);
	enum verdict due = pending_verdict_value(p, &m);
	ck_assert(due == VERDICT_FINE);
	return pending_verdict_block(p, &m, in_medium);
}

static void begin(struct pending_verdict *p, unsigned depth, bool item)
{
	struct canonical_member m = member(depth, NULL, JSON_OBJECT_OPEN, "");
	pending_verdict_begin(p, &m, item, item ? VERDICT_STORED_ITEM : VERDICT_STORED_OBJECT);
}

/* ## Held */

static enum verdict hold_list(struct pending_verdict *p)
{
	return hold(p, 1, "files", JSON_ARRAY_OPEN, PENDING_ELEMENT, VERDICT_FILE_REFERENCE);
}

START_TEST(a_list_needs_an_element)
{
	struct pending_verdict p = {0};
	ck_assert(hold_list(&p) == VERDICT_FINE);
	ck_assert(value(&p, 2, NULL, JSON_STRING, "f") == VERDICT_FILE_REFERENCE);
	ck_assert(value(&p, 2, NULL, JSON_STRING, "f") == VERDICT_FINE);
	ck_assert(pending_verdict_end(&p) == VERDICT_FINE);
}
END_TEST

START_TEST(an_empty_list_refers_to_nothing)
{
	struct pending_verdict p = {0};
	hold_list(&p);
	ck_assert(value(&p, 1, "model", JSON_STRING, "m") == VERDICT_FINE);
	ck_assert(value(&p, 2, NULL, JSON_STRING, "f") == VERDICT_FINE);
	hold_list(&p);
	ck_assert(pending_verdict_end(&p) == VERDICT_FINE);
}
END_TEST

static enum verdict hold_object(struct pending_verdict *p)
{
	return hold(p, 1, "search", JSON_OBJECT_OPEN, PENDING_SWITCH, VERDICT_WEB_SEARCH);
}

static const struct {
	unsigned depth;
	const char *key;
	enum json_kind kind;
	const char *value;
	bool off;
} switches[] = {
    {2, "mode", JSON_STRING, "off", true},     {2, "type", JSON_STRING, "disabled", true},
    {2, "status", JSON_STRING, "none", true},  {2, "mode", JSON_STRING, "never", true},
    {2, "enabled", JSON_FALSE, "false", true}, {2, "enable", JSON_FALSE, "false", true},
    {2, "disabled", JSON_TRUE, "true", true},  {2, "on", JSON_FALSE, "false", true},
    {2, "mode", JSON_STRING, "auto", false},   {2, "enabled", JSON_TRUE, "true", false},
    {2, "enabled", JSON_NULL, "null", false},  {2, "disabled", JSON_FALSE, "false", false},
    {2, "name", JSON_STRING, "off", false},    {3, "mode", JSON_STRING, "off", false},
    {2, "other", JSON_OBJECT_OPEN, "", false}, {2, "enabled", JSON_STRING, "false", false},
};

START_TEST(an_object_may_say_that_it_is_off)
{
	enum verdict stands = switches[_i].off ? VERDICT_FINE : VERDICT_WEB_SEARCH;
	struct pending_verdict p = {0};
	ck_assert(hold_object(&p) == VERDICT_FINE);
	ck_assert(value(&p, switches[_i].depth, switches[_i].key, switches[_i].kind,
			switches[_i].value) == VERDICT_FINE);
	ck_assert(value(&p, 1, "model", JSON_STRING, "m") == stands);
	hold_object(&p);
	value(&p, switches[_i].depth, switches[_i].key, switches[_i].kind, switches[_i].value);
	ck_assert(pending_verdict_end(&p) == stands);
}
END_TEST

START_TEST(an_empty_object_is_on)
{
	struct pending_verdict p = {0};
	hold_object(&p);
	ck_assert(pending_verdict_end(&p) == VERDICT_WEB_SEARCH);
	hold_object(&p);
	ck_assert(hold_list(&p) == VERDICT_WEB_SEARCH);
	ck_assert(hold(&p, 1, "x", JSON_OBJECT_OPEN, PENDING_SWITCH, VERDICT_FINE) == VERDICT_FINE);
	ck_assert(value(&p, 2, NULL, JSON_STRING, "f") == VERDICT_FILE_REFERENCE);
}
END_TEST

static enum verdict hold_text(struct pending_verdict *p)
{
	return hold(p, 5, "data", JSON_STRING, PENDING_TEXT, VERDICT_REMOTE_MEDIA);
}

/* {"source": {"data": "a.txt", "type": "text"}}, in either order. */
START_TEST(a_source_may_hold_text)
{
	struct pending_verdict p = {0};
	ck_assert(hold_text(&p) == VERDICT_FINE);
	ck_assert(block(&p, 5, "type", "text", true) == VERDICT_FINE);
	ck_assert(value(&p, 1, "model", JSON_STRING, "m") == VERDICT_FINE);
	ck_assert(block(&p, 5, "type", "text", true) == VERDICT_FINE);
	ck_assert(hold_text(&p) == VERDICT_FINE);
	ck_assert(pending_verdict_end(&p) == VERDICT_FINE);
}
END_TEST

START_TEST(a_source_of_another_type)
{
	struct pending_verdict p = {0};
	hold_text(&p);
	ck_assert(block(&p, 5, "type", "base64", true) == VERDICT_FINE);
	ck_assert(value(&p, 4, "title", JSON_STRING, "t") == VERDICT_REMOTE_MEDIA);
	ck_assert(block(&p, 5, "type", "text", true) == VERDICT_FINE);
	ck_assert(value(&p, 4, "x", JSON_OBJECT_OPEN, "") == VERDICT_FINE);
	hold_text(&p);
	ck_assert(pending_verdict_end(&p) == VERDICT_REMOTE_MEDIA);
}
END_TEST

/* ## Blocks */

static const struct {
	const char *type;
	const char *key;
	const char *text;
	bool remote;
} blocks[] = {
    {"image", "content", "https://a/b", true},
    {"image", "content", "a word", false},
    {"text", "content", "https://a/b", false},
    {"image_url", "data", "img_1", true},
    {"image", "data", "AAAA", false},
    {"image", "value", "a.png", true},
    {"file", "path", "x", true},
    {"file", "path", "data:,x", false},
    {"tool_result", "path", "x", false},
    {"image", "name", "a.png", false},
};

START_TEST(a_block_says_where_its_medium_is)
{
	enum verdict verdict = blocks[_i].remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
	struct pending_verdict p = {0}, q = {0};
	ck_assert(block(&p, 5, "type", blocks[_i].type, false) == VERDICT_FINE);
	ck_assert(block(&p, 5, blocks[_i].key, blocks[_i].text, false) == verdict);
	ck_assert(block(&q, 5, blocks[_i].key, blocks[_i].text, false) == VERDICT_FINE);
	ck_assert(block(&q, 5, "type", blocks[_i].type, false) == verdict);
}
END_TEST

START_TEST(blocks_end)
{
	struct pending_verdict p = {0};
	block(&p, 5, "type", "image", false);
	value(&p, 4, NULL, JSON_OBJECT_OPEN, "");
	ck_assert(block(&p, 5, "content", "https://a/b", false) == VERDICT_FINE);
	ck_assert(block(&p, 6, "type", "image", false) == VERDICT_FINE);
}
END_TEST

/* ## Objects with nothing but an id */

START_TEST(an_id_and_nothing_else)
{
	struct pending_verdict p = {0};
	begin(&p, 2, true);
	ck_assert(value(&p, 3, "id", JSON_STRING, "i") == VERDICT_FINE);
	ck_assert(value(&p, 3, "type", JSON_STRING, "message") == VERDICT_FINE);
	ck_assert(value(&p, 3, "role", JSON_STRING, "user") == VERDICT_FINE);
	ck_assert(value(&p, 3, "content", JSON_ARRAY_OPEN, "") == VERDICT_FINE);
	ck_assert(value(&p, 3, "text", JSON_STRING, "") == VERDICT_FINE);
	ck_assert(value(&p, 2, NULL, JSON_OBJECT_OPEN, "") == VERDICT_STORED_ITEM);
	begin(&p, 4, false);
	value(&p, 5, "id", JSON_STRING, "i");
	ck_assert(pending_verdict_end(&p) == VERDICT_STORED_OBJECT);
}
END_TEST

START_TEST(an_id_and_content)
{
	struct pending_verdict p = {0};
	begin(&p, 2, true);
	value(&p, 3, "id", JSON_STRING, "i");
	value(&p, 3, "content", JSON_ARRAY_OPEN, "");
	value(&p, 4, NULL, JSON_STRING, "");
	ck_assert(pending_verdict_end(&p) == VERDICT_FINE);
	begin(&p, 2, true);
	value(&p, 3, "text", JSON_STRING, "a");
	value(&p, 3, "id", JSON_STRING, "i");
	ck_assert(pending_verdict_end(&p) == VERDICT_FINE);
	begin(&p, 2, true);
	value(&p, 3, "id", JSON_NULL, "null");
	ck_assert(pending_verdict_end(&p) == VERDICT_FINE);
}
END_TEST

START_TEST(an_empty_message_is_one)
{
	struct pending_verdict p = {0};
	begin(&p, 2, false);
	value(&p, 3, "id", JSON_STRING, "i");
	value(&p, 3, "role", JSON_STRING, "user");
	value(&p, 3, "content", JSON_STRING, "");
	ck_assert(pending_verdict_end(&p) == VERDICT_FINE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pending_verdict");
	TCase *all = tcase_create("pending_verdict");
	tcase_add_test(all, a_list_needs_an_element);
	tcase_add_test(all, an_empty_list_refers_to_nothing);
	tcase_add_loop_test(all, an_object_may_say_that_it_is_off, 0,
			    sizeof(switches) / sizeof(switches[0]));
	tcase_add_test(all, an_empty_object_is_on);
	tcase_add_test(all, a_source_may_hold_text);
	tcase_add_test(all, a_source_of_another_type);
	tcase_add_loop_test(all, a_block_says_where_its_medium_is, 0,
			    sizeof(blocks) / sizeof(blocks[0]));
	tcase_add_test(all, blocks_end);
	tcase_add_test(all, an_id_and_nothing_else);
	tcase_add_test(all, an_id_and_content);
	tcase_add_test(all, an_empty_message_is_one);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
