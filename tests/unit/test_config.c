#include "config/load.h"

#include "config/options.h"
#include "tests/unit/main.h"

#include <stdio.h>
#include <unistd.h>

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])
#define TEXTS(...)                                                                                 \
	{                                                                                          \
		.count = COUNT_OF(((const char *const[]){__VA_ARGS__})),                           \
		.items = (const char *const[])                                                     \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define ENVIRONMENT(...)                                                                           \
	(char *const[])                                                                            \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static struct config_sources file(const char *text)
{
	return (struct config_sources){.file = "f", .text = slice_of(text)};
}

/* The configuration, which must be fine. */
static struct config *load(struct config_sources sources)
{
	scoped(buf_finish) struct buf errors = buf_make(65536);
	struct config *c = config_load(&sources, &errors);
	ck_assert_msg(c != NULL, "%.*s", SLICE_FMT(buf_slice(&errors)));
	ck_assert_uint_eq(errors.len, 0);
	return c;
}

/* All lines of the faults, of which there must be some; to be given to free(). */
static char *refused(struct config_sources sources)
{
	struct buf errors = buf_make(65536);
	scoped(config_unref) struct config *c = config_load(&sources, &errors);
	ck_assert_ptr_null(c);
	ck_assert(buf_append_byte(&errors, 0));
	return buf_take(&errors);
}

static void check_refused(struct config_sources sources, const char *lines)
{
	char *got = refused(sources);
	ck_assert_str_eq(got, lines);
	free(got);
}

START_TEST(has_defaults)
{
	scoped(config_unref) struct config *c = load((struct config_sources){0});
	ck_assert_uint_eq(c->listen.count, 1);
	ck_assert_str_eq(c->listen.items[0], "127.0.0.1:8080");
	ck_assert_int_eq(c->workers, 0);
	ck_assert_int_eq(c->shutdown_grace_ms, 30000);
	ck_assert_uint_eq(c->upstreams.count, 1);
	ck_assert_str_eq(c->upstreams.items[0].name, "default");
	ck_assert_str_eq(c->upstreams.items[0].url, "http://127.0.0.1:8000");
	ck_assert_ptr_null(c->upstreams.items[0].api_key);
	ck_assert_int_eq(c->upstream.connect_timeout_ms, 2000);
	ck_assert_int_eq(c->upstream.head_timeout_ms, 600000);
	ck_assert_int_eq(c->upstream.idle_timeout_ms, 120000);
	ck_assert_int_eq(c->upstream.max_connections, 256);
	ck_assert_str_eq(c->upstream.ca_file, "");
	ck_assert(c->upstream.verify);
	ck_assert_uint_eq(c->cache.memory, 1073741824);
	ck_assert_uint_eq(c->cache.entries, 0);
	ck_assert_uint_eq(c->cache.max_entry, 16777216);
	ck_assert_int_eq(c->cache.ttl_ms, 86400000);
	ck_assert_double_eq_tol(c->cache.ttl_jitter, 0.1, 1e-9);
	ck_assert_str_eq(c->cache.namespace, "");
	ck_assert_int_eq(c->cache.share, CONFIG_SHARE_CREDENTIAL);
	ck_assert_uint_eq(c->cache.ignore.count, 0);
	ck_assert_int_eq(c->cache.on_abandon, CONFIG_ABANDON_CANCEL);
	ck_assert_int_eq(c->cache.store_length, CONFIG_LENGTH_LIMITED);
	ck_assert_uint_eq(c->limits.body, 33554432);
	ck_assert_uint_eq(c->limits.headers, 32768);
	ck_assert_int_eq(c->limits.connections, 10000);
	ck_assert_int_eq(c->limits.idle_ms, 75000);
	ck_assert_int_eq(c->limits.header_time_ms, 10000);
	ck_assert_int_eq(c->log.level, LOG_INFO);
	ck_assert_int_eq(c->log.format, LOG_TEXT);
	ck_assert(c->log.access);
}
END_TEST

START_TEST(takes_every_option_from_the_file)
{
	scoped(config_unref) struct config *c =
	    load(file("listen: [\"[::1]:81\", 'unix:/x']\n"
		      "workers: 3\n"
		      "shutdown_grace: 0\n"
		      "upstreams:\n"
		      "  - {name: a-1, url: \"https://u:p@h/v1\", api_key: sk-1}\n"
		      "upstream:\n"
		      "  connect_timeout: 1ms\n"
		      "  head_timeout: 2s\n"
		      "  idle_timeout: 3m\n"
		      "  max_connections: 4\n"
		      "  ca_file: /dev/null\n"
		      "  verify: false\n"
		      "cache:\n"
		      "  memory: 2MiB\n"
		      "  entries: 5\n"
		      "  max_entry: 1MiB\n"
		      "  ttl: 7d\n"
		      "  ttl_jitter: 2.5%\n"
		      "  namespace: \"n s\"\n"
		      "  share: everyone\n"
		      "  ignore: [metadata, trace_id]\n"
		      "  on_abandon: finish\n"
		      "  store_length: never\n"
		      "limits:\n"
		      "  body: 1MB\n"
		      "  headers: 4KiB\n"
		      "  connections: 7\n"
		      "  idle: 8s\n"
		      "  header_time: 9s\n"
		      "log:\n"
		      "  level: debug\n"
		      "  format: json\n"
		      "  access: false\n"));
	ck_assert_uint_eq(c->listen.count, 2);
	ck_assert_str_eq(c->listen.items[0], "[::1]:81");
	ck_assert_str_eq(c->listen.items[1], "unix:/x");
	ck_assert_int_eq(c->workers, 3);
	ck_assert_int_eq(c->shutdown_grace_ms, 0);
	ck_assert_str_eq(c->upstreams.items[0].name, "a-1");
	ck_assert_str_eq(c->upstreams.items[0].url, "https://u:p@h/v1");
	ck_assert_str_eq(c->upstreams.items[0].api_key, "sk-1");
	ck_assert_int_eq(c->upstream.connect_timeout_ms, 1);
	ck_assert_int_eq(c->upstream.head_timeout_ms, 2000);
	ck_assert_int_eq(c->upstream.idle_timeout_ms, 180000);
	ck_assert_int_eq(c->upstream.max_connections, 4);
	ck_assert_str_eq(c->upstream.ca_file, "/dev/null");
	ck_assert(!c->upstream.verify);
	ck_assert_uint_eq(c->cache.memory, 2097152);
	ck_assert_uint_eq(c->cache.entries, 5);
	ck_assert_uint_eq(c->cache.max_entry, 1048576);
	ck_assert_int_eq(c->cache.ttl_ms, 604800000);
	ck_assert_double_eq_tol(c->cache.ttl_jitter, 0.025, 1e-9);
	ck_assert_str_eq(c->cache.namespace, "n s");
	ck_assert_int_eq(c->cache.share, CONFIG_SHARE_EVERYONE);
	ck_assert_uint_eq(c->cache.ignore.count, 2);
	ck_assert_str_eq(c->cache.ignore.items[1], "trace_id");
	ck_assert_int_eq(c->cache.on_abandon, CONFIG_ABANDON_FINISH);
	ck_assert_int_eq(c->cache.store_length, CONFIG_LENGTH_NEVER);
	ck_assert_uint_eq(c->limits.body, 1000000);
	ck_assert_uint_eq(c->limits.headers, 4096);
	ck_assert_int_eq(c->limits.connections, 7);
	ck_assert_int_eq(c->limits.idle_ms, 8000);
	ck_assert_int_eq(c->limits.header_time_ms, 9000);
	ck_assert_int_eq(c->log.level, LOG_DEBUG);
	ck_assert_int_eq(c->log.format, LOG_JSON);
	ck_assert(!c->log.access);
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		ck_assert_msg(strncmp(option_origin(c, &options[i]), "f:", 2) == 0, "%s",
			      options[i].path);
}
END_TEST

START_TEST(lets_later_sources_win)
{
	struct config_sources s =
	    file("cache: {ttl: 1h, memory: 1MiB, entries: 1, share: everyone}\n"
		 "listen: 127.0.0.1:1\n"
		 "upstreams: [{url: http://f, api_key: k}]\n");
	scoped(config_unref) struct config *c = load(s);
	ck_assert_str_eq(c->upstreams.items[0].api_key, "k");
	s.environment = ENVIRONMENT("PATH=/bin", "REPRISE_CACHE_MEMORY=2MiB",
				    "REPRISE_CACHE_ENTRIES=2", "REPRISE_LISTEN=h:2 , h:22");
	s.settings = (struct config_texts)TEXTS("cache.entries=3", "cache.entries=4");
	scoped(config_unref) struct config *d = load(s);
	ck_assert_int_eq(d->cache.share, CONFIG_SHARE_EVERYONE);
	ck_assert_uint_eq(d->cache.memory, 2097152);
	ck_assert_uint_eq(d->cache.entries, 4);
	ck_assert_uint_eq(d->listen.count, 2);
	ck_assert_str_eq(d->listen.items[1], "h:22");
	s.listen = (struct config_texts)TEXTS("h:3", "unix:/a,b");
	s.upstream = (struct config_texts)TEXTS("http://flag");
	scoped(config_unref) struct config *e = load(s);
	ck_assert_str_eq(e->listen.items[0], "h:3");
	ck_assert_str_eq(e->listen.items[1], "unix:/a,b");
	ck_assert_str_eq(e->upstreams.items[0].url, "http://flag");
	ck_assert_ptr_null(e->upstreams.items[0].api_key);
	ck_assert_str_eq(option_origin(e, option_find("cache.ttl")), "f:1");
	ck_assert_str_eq(option_origin(e, option_find("cache.memory")),
			 "environment REPRISE_CACHE_MEMORY");
	ck_assert_str_eq(option_origin(e, option_find("cache.entries")), "--set cache.entries");
	ck_assert_str_eq(option_origin(e, option_find("listen")), "--listen");
	ck_assert_str_eq(option_origin(e, option_find("workers")), "default");
}
END_TEST

START_TEST(keeps_bounds)
{
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		const struct option *o = &options[i];
		const char *dots = strstr(o->permitted, "..");
		if (!dots)
			continue;
		struct option_bounds bounds = option_bounds(o);
		ck_assert_uint_lt(bounds.least, bounds.most);
		if (o->kind == OPTION_NUMBER)
			ck_assert_uint_le(bounds.most, INT32_MAX);
		char most[128], over[128];
		snprintf(most, sizeof most, "%s=%s", o->path, dots + 2);
		/* A digit more is ten times as much. */
		snprintf(over, sizeof over, "%s=1%s", o->path, dots + 2);
		struct config_sources s = {.settings = TEXTS("cache.memory=16TiB", most)};
		struct config *c = load(s);
		config_unref(&c);
		s.settings = (struct config_texts)TEXTS(over);
		char *got = refused(s);
		ck_assert_msg(strstr(got, "is out of bounds: ") && strstr(got, o->permitted), "%s",
			      got);
		free(got);
	}
}
END_TEST

START_TEST(has_choices_in_the_order_of_the_enums)
{
	static const struct {
		const char *setting;
		unsigned value;
	} cases[] = {
	    {"cache.share=credential", CONFIG_SHARE_CREDENTIAL},
	    {"cache.share=everyone", CONFIG_SHARE_EVERYONE},
	    {"cache.on_abandon=cancel", CONFIG_ABANDON_CANCEL},
	    {"cache.on_abandon=finish", CONFIG_ABANDON_FINISH},
	    {"cache.store_length=limited", CONFIG_LENGTH_LIMITED},
	    {"cache.store_length=always", CONFIG_LENGTH_ALWAYS},
	    {"cache.store_length=never", CONFIG_LENGTH_NEVER},
	    {"log.level=error", LOG_ERROR},
	    {"log.level=warn", LOG_WARN},
	    {"log.level=info", LOG_INFO},
	    {"log.level=debug", LOG_DEBUG},
	    {"log.format=text", LOG_TEXT},
	    {"log.format=json", LOG_JSON},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		scoped(config_unref) struct config *c =
		    load((struct config_sources){.settings = TEXTS(cases[i].setting)});
		char path[64];
		snprintf(path, sizeof path, "%.*s", (int)strcspn(cases[i].setting, "="),
			 cases[i].setting);
		const unsigned *member = option_member(c, option_find(path));
		ck_assert_msg(*member == cases[i].value, "%s", cases[i].setting);
	}
}
END_TEST

/* One fault each, and the line it makes. */
START_TEST(says_what_is_wrong_in_the_file)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
	    {"\ncach:\n", "f:2: cach: no such option (did you mean cache?)\n"},
	    {"cache:\n  memroy: 1\n", "f:2: cache.memroy: no such option (did you mean "
				      "cache.memory?)\n"},
	    {"ttl: 1h\n", "f:1: ttl: no such option (did you mean cache.ttl?)\n"},
	    {"log: {ttl: 1h}\n", "f:1: log.ttl: no such option (did you mean cache.ttl?)\n"},
	    {"xyzzy: 1\n", "f:1: xyzzy: no such option\n"},
	    {"workers: 1\nworkers: 2\n", "f:2: workers: is there already, in line 1\n"},
	    {"log: {access: true,\n access: true}\n",
	     "f:2: log.access: is there already, in line 1\n"},
	    {"xyzzy: 1\nlog:\nlog:\n",
	     "f:1: xyzzy: no such option\nf:3: log: is there already, in line 2\n"},
	    {"workers: [1]\n", "f:1: workers: is a list and should be one value: 0..256\n"},
	    {"workers: {a: 1}\n", "f:1: workers: is a mapping and should be one value: 0..256\n"},
	    {"workers:\n", "f:1: workers: has no value: 0..256\n"},
	    {"workers: 257\n", "f:1: workers: \"257\" is out of bounds: 0..256\n"},
	    {"workers: two\n", "f:1: workers: \"two\" is not a whole number: 0..256\n"},
	    {"cache: 3\n", "f:1: cache: is a group of options and should be a mapping\n"},
	    {"cache: [a]\n", "f:1: cache: is a group of options and should be a mapping\n"},
	    {"log: {access: yes}\n", "f:1: log.access: \"yes\" is neither true nor false\n"},
	    {"listen: []\n", "f:1: listen: names no address to listen on: host:port, [v6]:port or "
			     "unix:path\n"},
	    {"listen:\n", "f:1: listen: has no value: host:port, [v6]:port or unix:path\n"},
	    {"listen: [h:1, [h:2]]\n",
	     "f:1: listen: is a list and should be one value: host:port, [v6]:port or unix:path\n"},
	    {"cache: {ignore: ['']}\n", "f:1: cache.ignore: an empty name in the list\n"},
	    {"cache: {namespace: \"a\\tb\"}\n",
	     "f:1: cache.namespace: has a control character in it\n"},
	    {"upstreams: {url: http://h}\n",
	     "f:1: upstreams: is a mapping and should be a list: - url: http://host:port\n"},
	    {"upstreams: []\n", "f:1: upstreams: names no upstream: - url: http://host:port\n"},
	    {"upstreams: [{name: a}]\n", "f:1: upstreams: an upstream has no url\n"},
	    {"upstreams: [{url: http://a}, {url: http://b}]\n",
	     "f:1: upstreams: more than one upstream is not supported yet: this version forwards "
	     "to one\n"},
	    {"upstreams: [{url: http://a, key: b}]\n",
	     "f:1: upstreams: an upstream has name, url and api_key, and no \"key\"\n"},
	    {"upstreams: [{url: http://a, apikey: b}]\n",
	     "f:1: upstreams: an upstream has name, url and api_key, and no \"apikey\" (did you "
	     "mean api_key?)\n"},
	    {"upstreams: [{url: http://a,\n  url: http://b}]\n",
	     "f:2: upstreams: says twice what one of its upstreams is\n"},
	    {"upstreams: [{url: http://a, api_key: \"se cret\"}]\n",
	     "f:1: upstreams: api_key: has bytes that cannot be sent: printable ASCII without "
	     "spaces\n"},
	    {"cache: {memory: 1MiB, max_entry: 2MiB}\n",
	     "f:1: cache.max_entry: is more than cache.memory, so that no such entry could be "
	     "kept\n"},
	    {"upstream: {ca_file: /does/not/exist}\n",
	     "f:1: upstream.ca_file: \"/does/not/exist\" cannot be read: No such file or "
	     "directory\n"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_refused(file(cases[i].text), cases[i].line);
}
END_TEST

START_TEST(says_everything_at_once)
{
	struct config_sources s = file("wokers: 1\n"
				       "cache:\n"
				       "  ttl: 30\n"
				       "  share: all\n"
				       "listen: [\":80\", x]\n");
	s.environment = ENVIRONMENT("REPRISE_CACHE_TTL=x", "REPRISE_CAHCE_TTL=1s");
	s.listen = (struct config_texts)TEXTS("y", "127.0.0.1:1", "z");
	s.upstream = (struct config_texts)TEXTS("http://a", "http://b");
	s.settings = (struct config_texts)TEXTS("cache.ttl=-1s", "cache.tll=1s", "cache=1", "ttl");
	check_refused(
	    s,
	    "f:1: wokers: no such option (did you mean workers?)\n"
	    "f:3: cache.ttl: \"30\" has no unit: ms, s, m, h or d, like 30s: 1ms..3650d\n"
	    "f:4: cache.share: \"all\" is not one of credential|everyone\n"
	    "f:5: listen: \":80\" has no host: 0.0.0.0 and [::] are every address of this machine, "
	    "127.0.0.1 only itself\n"
	    "f:5: listen: \"x\" is not an address to listen on: host:port, [v6]:port or unix:path\n"
	    "environment REPRISE_CACHE_TTL: \"x\" is not a duration: a whole number with ms, s, m, "
	    "h or d, like 500ms, 30s or 24h: 1ms..3650d\n"
	    "environment REPRISE_CAHCE_TTL: no such option (did you mean REPRISE_CACHE_TTL?)\n"
	    "--listen: \"y\" is not an address to listen on: host:port, [v6]:port or unix:path\n"
	    "--listen: \"z\" is not an address to listen on: host:port, [v6]:port or unix:path\n"
	    "--upstream: more than one upstream is not supported yet: this version forwards to "
	    "one\n"
	    "--set cache.ttl: \"-1s\" is not a duration: a whole number with ms, s, m, h or d, "
	    "like 500ms, 30s or 24h: 1ms..3650d\n"
	    "--set cache.tll: no such option (did you mean cache.ttl?)\n"
	    "--set cache: is a group of options: --set cache.name=value\n"
	    "--set ttl: has no value: --set path=value\n");
}
END_TEST

START_TEST(bounds_the_lines)
{
	scoped(buf_finish) struct buf text = buf_make(1 << 20);
	for (int i = 0; i < 60; i++)
		ck_assert(buf_printf(&text, "nothing%d: 1\n", i));
	struct config_sources s = {.file = "f", .text = buf_slice(&text)};
	char *got = refused(s);
	ck_assert(strstr(got, "f:50: nothing49: no such option\nand 10 more\n"));
	free(got);
	ck_assert(buf_reserve(&text, 1));
	while (text.len < (1 << 20))
		ck_assert(buf_append_byte(&text, '#'));
	s.text = buf_slice(&text);
	got = refused(s);
	ck_assert(strstr(got, "f:1: nothing0"));
	free(got);
}
END_TEST

START_TEST(refuses_a_file_over_1_mib)
{
	char *text = malloc((1 << 20) + 1);
	memset(text, '#', (1 << 20) + 1);
	check_refused((struct config_sources){.file = "f", .text = slice_make(text, (1 << 20) + 1)},
		      "f: is larger than 1 MiB\n");
	free(text);
}
END_TEST

START_TEST(reads_files)
{
	char path[] = "/tmp/reprise-test-XXXXXX";
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "workers: 7\n", 11), 11);
	close(fd);
	scoped(config_unref) struct config *c = load((struct config_sources){.file = path});
	ck_assert_int_eq(c->workers, 7);
	unlink(path);
	check_refused((struct config_sources){.file = "/does/not/exist"},
		      "/does/not/exist: cannot be read: No such file or directory\n");
	check_refused((struct config_sources){.file = "/"}, "/: cannot be read: Is a directory\n");
	check_refused((struct config_sources){.file = "/dev/zero"},
		      "/dev/zero: cannot be read: File too large\n");
}
END_TEST

START_TEST(replaces_variables_in_the_file)
{
	struct config_sources s =
	    file("cache:\n"
		 "  namespace: a${X}b${EMPTY}${NONE:-c d}$$${EMPTY:-e}\n"
		 "  ttl: ${TTL}\n"
		 "  ignore: [\"${X}\", y]\n"
		 "upstreams: [{url: \"http://${HOST:-h}\", api_key: \"${KEY:-}\"}]\n");
	s.environment = ENVIRONMENT("X=${Y}", "XX=no", "EMPTY=", "TTL=3s");
	scoped(config_unref) struct config *c = load(s);
	ck_assert_str_eq(c->cache.namespace, "a${Y}bc d$e");
	ck_assert_int_eq(c->cache.ttl_ms, 3000);
	ck_assert_str_eq(c->cache.ignore.items[0], "${Y}");
	ck_assert_str_eq(c->upstreams.items[0].url, "http://h");
	ck_assert_ptr_null(c->upstreams.items[0].api_key);
}
END_TEST

START_TEST(says_what_is_wrong_with_variables)
{
	check_refused(file("cache: {namespace: \"${X}\"}\n"),
		      "f:1: cache.namespace: the environment variable X is not set; ${X:-default} "
		      "gives it a default\n");
	static const char *const wrong[] = {"$", "$x", "${", "${}", "${1x}", "${a b}", "${x", "a$"};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char text[64];
		snprintf(text, sizeof text, "cache: {namespace: \"%s\"}\n", wrong[i]);
		char *got = refused(file(text));
		ck_assert_msg(strstr(got, "$$ for a dollar"), "%s", got);
		free(got);
	}
}
END_TEST

START_TEST(leaves_dollars_alone_outside_the_file)
{
	struct config_sources s = {.environment = ENVIRONMENT("REPRISE_CACHE_NAMESPACE=${X}$")};
	scoped(config_unref) struct config *c = load(s);
	ck_assert_str_eq(c->cache.namespace, "${X}$");
}
END_TEST

START_TEST(never_says_a_secret)
{
	char *got = refused(file("upstreams:\n"
				 "  - {url: \"http://u:hunter2@b ad\", api_key: \"hunter2 \"}\n"
				 "  - {url: \"http://u:hunter2@h\", api_key: [hunter2]}\n"));
	ck_assert_msg(!strstr(got, "hunter2"), "%s", got);
	free(got);
}
END_TEST

START_TEST(keeps_lines_whole)
{
	check_refused(file("\"a\\nb\\e\": 1\n"), "f:1: a?b?: no such option\n");
}
END_TEST

START_TEST(lowers_the_default_of_max_entry_only)
{
	scoped(config_unref) struct config *c =
	    load((struct config_sources){.settings = TEXTS("cache.memory=1MiB")});
	ck_assert_uint_eq(c->cache.max_entry, 1048576);
}
END_TEST

START_TEST(lives_as_long_as_its_owners)
{
	struct config *c = load((struct config_sources){0});
	struct config *other = config_ref(c);
	config_unref(&c);
	ck_assert_ptr_null(c);
	ck_assert_int_eq(other->workers, 0);
	config_unref(&other);
	config_unref(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *all = tcase_create("config");
	tcase_add_test(all, has_defaults);
	tcase_add_test(all, takes_every_option_from_the_file);
	tcase_add_test(all, lets_later_sources_win);
	tcase_add_test(all, keeps_bounds);
	tcase_add_test(all, has_choices_in_the_order_of_the_enums);
	tcase_add_test(all, says_what_is_wrong_in_the_file);
	tcase_add_test(all, says_everything_at_once);
	tcase_add_test(all, bounds_the_lines);
	tcase_add_test(all, refuses_a_file_over_1_mib);
	tcase_add_test(all, reads_files);
	tcase_add_test(all, replaces_variables_in_the_file);
	tcase_add_test(all, says_what_is_wrong_with_variables);
	tcase_add_test(all, leaves_dollars_alone_outside_the_file);
	tcase_add_test(all, never_says_a_secret);
	tcase_add_test(all, keeps_lines_whole);
	tcase_add_test(all, lowers_the_default_of_max_entry_only);
	tcase_add_test(all, lives_as_long_as_its_owners);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
