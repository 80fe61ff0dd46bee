/* auth.keys. */
#include "config/describe.h"

#include "config/options.h"
#include "tests/unit/configs.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char all_parts[] = "auth:\n"
				"  keys:\n"
				"  - {key: \"${A}\", tenant: acme}\n"
				"  - key: sk-b$$1-0123456789abcd\n"
				"    tenant: globex.2\n"
				"    namespace: \"n s\"\n"
				"    concurrency: 3\n"
				"    rate: 60\n";

static struct config *load_keys(void)
{
	struct config_sources s = file(all_parts);
	s.environment = ENVIRONMENT("A=sk-a-0123456789abcd");
	return load(s);
}

START_TEST(takes_all_parts)
{
	scoped(config_unref) struct config *c = load_keys();
	ck_assert_uint_eq(c->auth.keys.count, 2);
	const struct config_key *a = &c->auth.keys.items[0], *b = &c->auth.keys.items[1];
	ck_assert_str_eq(a->key, "sk-a-0123456789abcd");
	ck_assert_str_eq(a->tenant, "acme");
	ck_assert_ptr_null(a->namespace);
	ck_assert_int_eq(a->concurrency, 0);
	ck_assert_int_eq(a->rate, 0);
	ck_assert_str_eq(b->key, "sk-b$1-0123456789abcd");
	ck_assert_str_eq(b->tenant, "globex.2");
	ck_assert_str_eq(b->namespace, "n s");
	ck_assert_int_eq(b->concurrency, 3);
	ck_assert_int_eq(b->rate, 60);
}
END_TEST

START_TEST(has_none_by_default)
{
	scoped(config_unref) struct config *c = load((struct config_sources){0});
	ck_assert_uint_eq(c->auth.keys.count, 0);
	scoped(config_unref) struct config *empty = load(file("auth: {keys: []}\n"));
	ck_assert_uint_eq(empty->auth.keys.count, 0);
}
END_TEST

START_TEST(forgets_keys_and_nothing_else)
{
	scoped(config_unref) struct config *c = load_keys();
	config_forget_keys(c);
	ck_assert_uint_eq(c->auth.keys.count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_ptr_null(c->auth.keys.items[i].key);
		ck_assert_ptr_nonnull(c->auth.keys.items[i].tenant);
	}
}
END_TEST

START_TEST(shows_them_without_the_keys)
{
	scoped(config_unref) struct config *c = load_keys();
	scoped(buf_finish) struct buf shown = buf_make(1 << 16);
	ck_assert(describe_config(c, &shown) && buf_append_byte(&shown, 0));
	ck_assert_ptr_nonnull(strstr(shown.at, "\nauth:\n"
					       "  keys:  # f:2\n"
					       "    - key: \"***\"\n"
					       "      tenant: \"acme\"\n"
					       "    - key: \"***\"\n"
					       "      tenant: \"globex.2\"\n"
					       "      namespace: \"n s\"\n"
					       "      concurrency: 3\n"
					       "      rate: 60\n"));
	ck_assert_ptr_null(strstr(shown.at, "sk-"));
	for (size_t limit = 0; limit + 1 < shown.len; limit++) {
		scoped(buf_finish) struct buf small = buf_make(limit);
		ck_assert(!describe_config(c, &small));
	}
}
END_TEST

/* ## Copies in memory */

/* Counts the occurrences of the bytes in the heap, including freed memory. */
static size_t count_in_heap(const char *wanted, size_t len)
{
	unsigned long from = 0, to = 0;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");
	while (fgets(line, sizeof line, maps) && !strstr(line, "[heap]"))
		;
	if (strstr(line, "[heap]")) {
		char *dash;
		from = strtoul(line, &dash, 16);
		to = strtoul(dash + 1, NULL, 16);
	}
	fclose(maps);
	int memory = open("/proc/self/mem", O_RDONLY);
	static char page[8192]; /* a page and the previous one, for matches across both */
	size_t found = 0;
	for (unsigned long at = from; at < to; at += 4096) {
		memcpy(page, page + 4096, 4096);
		ck_assert_int_eq(pread(memory, page + 4096, 4096, (off_t)at), 4096);
		for (char *hit = page + 4096 - len + 1;
		     (hit = memmem(hit, (size_t)(page + sizeof page - hit), wanted, len)); hit++)
			found++;
	}
	close(memory);
	return found;
}

/* With a sanitizer's allocator this heap is unused, and the test proves nothing. */
START_TEST(leaves_none_in_the_heap)
{
	char key[] = "sk-0123456789-abcdefghij-klmnopqrst", text[256], path[] = "/tmp/keys_XXXXXX";
	/* The allocator overwrites the first bytes of freed memory. */
	const char *tail = key + 16;
	snprintf(text, sizeof text,
		 "upstreams: http://h\nauth:\n  keys:\n  - key: %s\n    tenant: a\n"
		 "  - {tenant: b, key: \"${A}-%s\"}\n",
		 key, key);
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	struct config_sources s = {.file = path, .environment = ENVIRONMENT("A=sk")};
	scoped(config_unref) struct config *c = load(s);
	unlink(path);
	ck_assert_uint_eq(c->auth.keys.count, 2);
	size_t before = count_in_heap(tail, strlen(tail));
	config_forget_keys(c);
	ck_assert_uint_eq(count_in_heap(tail, strlen(tail)), 0);
	ck_assert(before == 0 || before == 2);
}
END_TEST

#define PARTS "key, tenant, namespace, concurrency and rate"

/* Invalid keys, and the lines that report the errors. */
static const struct {
	const char *text, *lines;
} cases[] = {
    {"auth: {keys: sk-a}\n", "f:1: auth.keys: should be a list: - {key: …, tenant: …}\n"},
    {"auth: {keys: {sk-a: acme}}\n", "f:1: auth.keys: should be a list: - {key: …, tenant: …}\n"},
    {"auth:\n  keys:\n", "f:2: auth.keys: should be a list: - {key: …, tenant: …}\n"},
    {"auth: {keys: [sk-a]}\n", "f:1: auth.keys[0]: is not a mapping of " PARTS "\n"},
    {"auth: {keys: [{tenant: a}]}\n", "f:1: auth.keys[0]: has no key\n"},
    {"auth: {keys: [{key: sk-a-0123456789abcd}]}\n", "f:1: auth.keys[0]: has no tenant\n"},
    {"auth: {keys: [{}]}\n", "f:1: auth.keys[0]: has no key\nf:1: auth.keys[0]: has no tenant\n"},
    /* A key in the place of a name is not quoted. */
    {"auth: {keys: [{key: a-0123456789abcd, tenant: b},\n  sk-a: acme]}\n",
     "f:2: auth.keys[1]: has " PARTS ", and nothing else\n"
     "f:2: auth.keys[1]: has no key\nf:2: auth.keys[1]: has no tenant\n"},
    {"auth: {keys: [{key: sk-a-0123456789abcd, tenant: a, name: b}]}\n",
     "f:1: auth.keys[0]: has " PARTS ", and nothing else\n"},
    {"auth: {keys: [{key: sk-a-0123456789abcd, tennant: a}]}\n",
     "f:1: auth.keys[0]: has " PARTS ", and nothing else (did you mean tenant?)\n"
     "f:1: auth.keys[0]: has no tenant\n"},
    {"auth: {keys: [{key: sk-a-0123456789abcd, tenant: a,\n  key: sk-b-0123456789abcd}]}\n",
     "f:2: auth.keys[0]: has more than one key\n"},
    {"auth: {keys: [{key: \"sk a\", tenant: a}]}\n",
     "f:1: auth.keys[0].key: has bytes that cannot be sent: printable ASCII without spaces\n"},
    {"auth: {keys: [{key: '', tenant: a}]}\n", "f:1: auth.keys[0].key: is empty\n"},
    {"auth: {keys: [{key: \"${NONE:-}\", tenant: a}]}\n", "f:1: auth.keys[0].key: is empty\n"},
    {"auth: {keys: [{key: \"${NONE}\", tenant: a}]}\n",
     "f:1: auth.keys[0].key: the environment variable NONE is not set; ${NONE:-default} gives it a "
     "default\n"},
    {"auth: {keys: [{key: , tenant: a}]}\n",
     "f:1: auth.keys[0].key: has no value: 16 bytes or more of printable ASCII without spaces\n"},
    {"auth: {keys: [{key: [sk-a], tenant: a}]}\n",
     "f:1: auth.keys[0].key: is a list and should be one value: 16 bytes or more of "
     "printable ASCII without spaces\n"},
    {"auth: {keys: [{key: abcdefghijklmno, tenant: a}]}\n",
     "f:1: auth.keys[0].key: is shorter than 16 bytes, which can be guessed: openssl rand -hex 16 "
     "makes a good one\n"},
    {"auth: {keys: [{key: Bearer x, tenant: a}]}\n",
     "f:1: auth.keys[0].key: begins with Bearer, which is put in front of it: leave it out\n"},
    {"auth: {keys: [{key: '***', tenant: a}]}\n",
     "f:1: auth.keys[0].key: is masked: a printed configuration does not show keys\n"},
    {"auth: {keys: [{key: a-0123456789abcd, tenant: b}, {key: c-0123456789abcd, tenant: d},\n"
     "  {key: e-0123456789abcd, tenant: \"a b\"}]}\n",
     "f:2: auth.keys[2].tenant: \"a b\" is not a name: up to 64 letters, digits, '-', '_' and "
     "dots\n"},
    {"auth: {keys: [{key: a-0123456789abcd, tenant: ''}]}\n",
     "f:1: auth.keys[0].tenant: \"\" is not a name: up to 64 letters, digits, '-', '_' and dots\n"},
    {"auth: {keys: [{key: a-0123456789abcd, tenant: b, namespace: \"\\t\"}]}\n",
     "f:1: auth.keys[0].namespace: has a control character in it\n"},
    {"auth: {keys: [{key: a-0123456789abcd, tenant: b, rate: 1s}]}\n",
     "f:1: auth.keys[0].rate: \"1s\" is not a whole number: 0..100000\n"},
    {"auth: {keys: [{key: a-0123456789abcd, tenant: b, concurrency: 1000001}]}\n",
     "f:1: auth.keys[0].concurrency: \"1000001\" is out of bounds: 0..1000000\n"},
    {"auth: {keys: [{key: sk-a-0123456789abcd, tenant: a}, {key: sk-b-0123456789abcd, tenant: a},\n"
     "  {key: sk-a-0123456789abcd, tenant: b}]}\n",
     "f:2: auth.keys[2]: is the key of auth.keys[0], too\n"},
};

START_TEST(says_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_refused(file(cases[i].text), cases[i].lines);
}
END_TEST

#define ONLY "keys can only stand in the file, each with its tenant\n"

/* Other sources cannot remove them either: an empty variable would admit everybody. */
START_TEST(only_the_file_has_them)
{
	struct config_sources s = file("");
	s.environment = ENVIRONMENT("REPRISE_AUTH_KEYS=sk-a");
	check_refused(s, "environment REPRISE_AUTH_KEYS: " ONLY);
	s = file("");
	s.settings = (struct config_texts)TEXTS("auth.keys=sk-a,sk-b");
	check_refused(s, "--set auth.keys: " ONLY);
	s = file("auth: {keys: [{key: a-0123456789abcd, tenant: b}]}\n");
	s.settings = (struct config_texts)TEXTS("auth.keys=");
	check_refused(s, "--set auth.keys: " ONLY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_keys");
	TCase *all = tcase_create("config_keys");
	tcase_add_test(all, takes_all_parts);
	tcase_add_test(all, has_none_by_default);
	tcase_add_test(all, forgets_keys_and_nothing_else);
	tcase_add_test(all, leaves_none_in_the_heap);
	tcase_add_test(all, shows_them_without_the_keys);
	tcase_add_test(all, says_what_is_wrong);
	tcase_add_test(all, only_the_file_has_them);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
