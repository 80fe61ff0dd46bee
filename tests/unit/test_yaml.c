#include "config/yaml.h"

#include "base/memory.h"
#include "tests/unit/main.h"

/* Prints the tree in one line: {key: "text", list: ["a"], nothing: ~}. */
static void spell(const struct node *n, struct buf *to)
{
	if (n->kind == NODE_TEXT) {
		ck_assert(n->absent ? buf_append_text(to, "~") : buf_printf(to, "\"%s\"", n->text));
		return;
	}
	bool mapping = n->kind == NODE_MAPPING, first = true;
	ck_assert(buf_append_text(to, mapping ? "{" : "["));
	node_each (child, n) {
		ck_assert(first || buf_append_text(to, ", "));
		ck_assert(!mapping || buf_printf(to, "%s: ", child->key));
		spell(child, to);
		first = false;
	}
	ck_assert(buf_append_text(to, mapping ? "}" : "]"));
}

/* Returns the tree or, behind "! ", the errors. */
static char *read_spelt(struct slice text)
{
	scoped(buf_finish) struct buf lines = buf_make(65536), out = buf_make(65536);
	struct error_list f = {.lines = &lines};
	scoped(node_destroy) struct node *n = yaml_read("f", text, &f);
	if (f.count > 0)
		ck_assert(buf_append_text(&out, "! ") && buf_append_slice(&out, buf_slice(&lines)));
	else
		spell(n, &out);
	return memory_copy(out.at, out.len);
}

START_TEST(reads)
{
	static const struct {
		const char *text, *spelt;
	} cases[] = {
	    {"", "{}"},
	    {"# only a comment\n", "{}"},
	    {"---\n", "{}"},
	    {"\xef\xbb\xbf"
	     "a: b\n",
	     "{a: \"b\"}"},
	    {"a: b\r\nc: d\r\n", "{a: \"b\", c: \"d\"}"},
	    {"a: b # comment\n", "{a: \"b\"}"},
	    {"a: b", "{a: \"b\"}"},
	    {"a:\n", "{a: ~}"},
	    {"a: ~\nb: null\nc: \"\"\nd: ''\n", "{a: ~, b: ~, c: \"\", d: \"\"}"},
	    {"a: Null\nb: NULL\nc: 'NULL'\n", "{a: ~, b: ~, c: \"NULL\"}"},
	    {"a: 'it''s'\nb: \"x\\ty\"\n", "{a: \"it's\", b: \"x\ty\"}"},
	    {"a:\n  b: 1\n  c: true\n", "{a: {b: \"1\", c: \"true\"}}"},
	    {"a: [x, \"y z\"]\n", "{a: [\"x\", \"y z\"]}"},
	    {"a:\n- x\n- b: c\n", "{a: [\"x\", {b: \"c\"}]}"},
	    {"a: {b: c, d: [e]}\n", "{a: {b: \"c\", d: [\"e\"]}}"},
	    {"a: http://h:80\n", "{a: \"http://h:80\"}"},
	    {"a: gr\xc3\xbc\xc3\x9f\n", "{a: \"gr\xc3\xbc\xc3\x9f\"}"},
	    {"a: 1\na: 2\n", "{a: \"1\", a: \"2\"}"},
	    {"a: b\t# tab before a comment\n", "{a: \"b\"}"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = read_spelt(slice_of(cases[i].text));
		ck_assert_str_eq(got, cases[i].spelt);
		free(got);
	}
}
END_TEST

static const struct {
	struct slice text;
	const char *error;
} refusals[] = {
    {SLICE("a:\n\tb: 1\n"), "! f:2: a tab in the indentation"},
    {SLICE("a:\n  \tb: 1\n"), "! f:2: a tab in the indentation"},
    {SLICE("a: 1\n\t\nb: 2\n"), "! f:2: a tab in the indentation"},
    {SLICE("a: &x 1\n"), "! f:1: anchors are not supported"},
    {SLICE("a: &x {b: 1}\n"), "! f:1: anchors are not supported"},
    {SLICE("a: &x [1]\nb: 2"), "! f:1: anchors are not supported"},
    {SLICE("b: 2\na: *x\n"), "! f:2: aliases are not supported"},
    {SLICE("*x : 1\n"), "! f:1: aliases are not supported"},
    {SLICE("a: !!int 3\n"), "! f:1: tags are not supported"},
    {SLICE("a: !x [3]\n"), "! f:1: tags are not supported"},
    {SLICE("a: 1\n---\nb: 2\n"), "! f:2: a second document"},
    {SLICE("? [a]\n: b\n"), "! f:1: a key is a text"},
    {SLICE("- a\n"), "! f:1: a configuration is a mapping"},
    {SLICE("text\n"), "! f:1: a configuration is a mapping"},
    {SLICE("a: [1\nb: 2\n"), "! f:2: not valid YAML: "},
    {SLICE("a: 1\n b: 2\n"), "! f:2: not valid YAML: "},
    {SLICE("a: \"x\n"), "not valid YAML: "},
    {SLICE("a: @x\n"), "! f:1: not valid YAML: "},
    {SLICE("a: *\n"), "; quote a text that begins with *"},
    {SLICE("a: *-x\n"), "aliases are not supported: write the value out, or quote a text that "
			"begins with *"},
    {SLICE("a: &\n"), "; quote a text that begins with &"},
    {SLICE("a: !<\n"), "; quote a text that begins with !"},
    {SLICE("a: %x\n"), "; quote a text that begins with @, %, | or a backtick"},
    {SLICE("a: b: c\n"), "has to be quoted"},
    {SLICE("a: {b: c: d}\n"), "; within braces quote a text"},
    {SLICE("a: \"C:\\path\"\n"), "; in double quotes a backslash is written twice"},
    {SLICE("a: - b\n"), "; a list of lines with dashes begins on a line of its own"},
    {SLICE("a: {{ b }}\n"), "quote a text that begins with { or ["},
    {SLICE("a: {b: ?x}\n"), "; a text that begins with ? is quoted, and a bracket is closed"},
    {SLICE("a: \xe4"
	   "b\n"),
     "; save it as UTF-8"},
    {SLICE("a: 1\n...\nb: 2\n"), "; a configuration is one document"},
    {SLICE("a:\xc2\xa0"
	   "1\n"),
     "! f:1: a no-break space"},
    {SLICE("a: 1\n\xc2\xa0"
	   "b: 1\n"),
     "! f:2: a no-break space"},
    {SLICE("a: \xe2\x80\x9c"
	   "b\xe2\x80\x9d\n"),
     "! f:1: a curly quote"},
    {SLICE("a:1\n"), "with a blank behind the colon"},
    {SLICE("\xff\xfe"
	   "a\0:\0"),
     "! f:1: is UTF-16: save it as UTF-8\n"},
    {SLICE("a: 1\nb\0: 2\n"), "! f:2: a NUL byte"},
    {SLICE("a: \"x\\0y\"\n"), "! f:1: a NUL byte in a value"},
    {SLICE("\"x\\0y\": a\n"), "! f:1: a NUL byte in a key"},
    {SLICE("a: 1\nb: \xff\n"), "! f:2: not valid YAML: "},
    {SLICE("a: \xc0\xaf\n"), "! f:1: not valid YAML: "},
    {SLICE("a: \x01\n"), "! f:1: not valid YAML: "},
    {SLICE("a: [[[[[[[[[[[[]]]]]]]]]]]]\n"), "! f:1: too deep"},
};

START_TEST(refuses)
{
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		char *got = read_spelt(refusals[i].text);
		ck_assert_msg(strstr(got, refusals[i].error), "%s: %s", refusals[i].error, got);
		free(got);
	}
}
END_TEST

START_TEST(goes_on_after_what_it_refuses)
{
	char *got = read_spelt(slice_of("a: &x 1\nb: *x\nc: !!str 2\n"));
	ck_assert(strstr(got, "f:1: anchors"));
	ck_assert(strstr(got, "f:2: aliases"));
	ck_assert(strstr(got, "f:3: tags"));
	free(got);
}
END_TEST

START_TEST(bounds_what_it_reads)
{
	scoped(buf_finish) struct buf text = buf_make(1 << 20);
	while (text.len < 100000)
		ck_assert(buf_append_text(&text, "["));
	char *got = read_spelt(slice_of("a: [["));
	free(got);
	got = read_spelt(buf_slice(&text));
	ck_assert_str_eq(got, "! f:1: a configuration is a mapping of options: key: value, "
			      "with a blank behind the colon\n");
	free(got);
	buf_clear(&text);
	for (int i = 0; i < 5000; i++)
		ck_assert(buf_printf(&text, "k%d: v\n", i));
	got = read_spelt(buf_slice(&text));
	ck_assert(strstr(got, "too many values"));
	free(got);
	buf_clear(&text);
	while (text.len < 200000)
		ck_assert(buf_append_text(&text, "\ta\n"));
	got = read_spelt(buf_slice(&text));
	ck_assert(strstr(got, "f:50: a tab"));
	ck_assert(!strstr(got, "f:51: a tab"));
	free(got);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("yaml");
	TCase *all = tcase_create("yaml");
	tcase_add_test(all, reads);
	tcase_add_test(all, refuses);
	tcase_add_test(all, goes_on_after_what_it_refuses);
	tcase_add_test(all, bounds_what_it_reads);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
