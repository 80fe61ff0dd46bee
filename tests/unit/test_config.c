#include "config/load.h"

#include "config/options.h"
#include "tests/unit/configs.h"

#include <stdio.h>
#include <unistd.h>

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
	ck_assert_int_eq(c->cache.on_abandon, CONFIG_ABANDON_FINISH_REPEATED);
	ck_assert_int_eq(c->cache.store_length, CONFIG_LENGTH_LIMITED);
	ck_assert_str_eq(c->tls.cert, "");
	ck_assert_str_eq(c->tls.key, "");
	ck_assert_uint_eq(c->limits.body, 33554432);
	ck_assert_uint_eq(c->limits.body_ratio, 200);
	ck_assert_uint_eq(c->limits.headers, 32768);
	ck_assert_int_eq(c->limits.connections, 10000);
	ck_assert_int_eq(c->limits.connections_per_address, 0);
	ck_assert_int_eq(c->limits.idle_ms, 75000);
	ck_assert_int_eq(c->limits.header_time_ms, 10000);
	ck_assert_int_eq(c->limits.body_time_ms, 30000);
	ck_assert_uint_eq(c->limits.body_rate, 500);
	ck_assert_str_eq(c->admin.listen, "");
	ck_assert_int_eq(c->log.level, LOG_INFO);
	ck_assert_int_eq(c->log.format, LOG_TEXT);
	ck_assert(c->log.access);
}
END_TEST

static const char every_option[] = "listen: [\"[::1]:81\", 'unix:/x']\n"
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
				   "  ask_usage: false\n"
				   "  forwarded: off\n"
				   "auth:\n"
				   "  paths: [/health, \"/v1/files*\"]\n"
				   "  keys: [{key: sk-2-0123456789abcd, tenant: t}]\n"
				   "endpoints:\n"
				   "  prefixes: [/a/*, /b]\n"
				   "cache:\n"
				   "  memory: 2MiB\n"
				   "  entries: 5\n"
				   "  max_entry: 1MiB\n"
				   "  ttl: 7d\n"
				   "  max_ttl: 8d\n"
				   "  ttl_jitter: 2.5%\n"
				   "  namespace: \"n s\"\n"
				   "  share: everyone\n"
				   "  ignore: [metadata, trace_id]\n"
				   "  count: [user]\n"
				   "  ignore_headers: [X-Nonce, \"x-acme-*\"]\n"
				   "  ignore_cookies: [theme]\n"
				   "  on_abandon: finish\n"
				   "  store_length: never\n"
				   "  store_empty: yes\n"
				   "  tool_calls: none\n"
				   "  remote_images: cache\n"
				   "  sampled: false\n"
				   "  client_control: restrict\n"
				   "  upstream_control: ignore\n"
				   "  replay_chunk: 40\n"
				   "  models_ttl: 0\n"
				   "  rules: [{ttl: 1s}]\n"
				   "compat:\n"
				   "  body: false\n"
				   "  headers: false\n"
				   "replay:\n"
				   "  usage: zero\n"
				   "  ids: fresh\n"
				   "tls: {cert: /c, key: /k}\n"
				   "limits:\n"
				   "  body: 1MB\n"
				   "  body_ratio: 9\n"
				   "  memory: 9MiB\n"
				   "  headers: 4KiB\n"
				   "  connections: 7\n"
				   "  connections_per_address: 6\n"
				   "  idle: 8s\n"
				   "  header_time: 9s\n"
				   "  body_time: 10s\n"
				   "  body_rate: 11\n"
				   "admin: {listen: \"unix:/a\"}\n"
				   "log:\n"
				   "  level: debug\n"
				   "  format: json\n"
				   "  access: false\n";

START_TEST(takes_every_option_from_the_file)
{
	scoped(config_unref) struct config *c = load(file(every_option));
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		ck_assert_msg(strncmp(option_origin(c, &options[i]), "f:", 2) == 0, "%s",
			      options[i].path);
}
END_TEST

START_TEST(takes_addresses_and_upstreams)
{
	scoped(config_unref) struct config *c = load(file(every_option));
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
	ck_assert(!c->upstream.ask_usage);
	ck_assert_int_eq(c->upstream.forwarded, CONFIG_FORWARDED_OFF);
}
END_TEST

START_TEST(takes_groups)
{
	scoped(config_unref) struct config *c = load(file(every_option));
	ck_assert_uint_eq(c->cache.memory, 2097152);
	ck_assert_uint_eq(c->cache.entries, 5);
	ck_assert_uint_eq(c->cache.max_entry, 1048576);
	ck_assert_int_eq(c->cache.ttl_ms, 604800000);
	ck_assert_int_eq(c->cache.max_ttl_ms, 691200000);
	ck_assert_double_eq_tol(c->cache.ttl_jitter, 0.025, 1e-9);
	ck_assert_str_eq(c->cache.namespace, "n s");
	ck_assert_int_eq(c->cache.share, CONFIG_SHARE_EVERYONE);
	ck_assert_uint_eq(c->cache.ignore.count, 2);
	ck_assert_str_eq(c->cache.ignore.items[1], "trace_id");
	ck_assert_str_eq(c->cache.count.items[0], "user");
	ck_assert_str_eq(c->cache.ignore_headers.items[1], "x-acme-*");
	ck_assert_str_eq(c->cache.ignore_cookies.items[0], "theme");
	ck_assert_int_eq(c->cache.on_abandon, CONFIG_ABANDON_FINISH);
	ck_assert_int_eq(c->cache.store_length, CONFIG_LENGTH_NEVER);
	ck_assert_int_eq(c->cache.store_empty, CONFIG_EMPTY_YES);
	ck_assert_int_eq(c->cache.tool_calls, CONFIG_CALLS_NONE);
	ck_assert_int_eq(c->cache.remote_images, CONFIG_IMAGES_CACHE);
	ck_assert(!c->cache.sampled);
	ck_assert_int_eq(c->cache.client_control, CONFIG_CLIENT_RESTRICT);
	ck_assert_int_eq(c->cache.upstream_control, CONFIG_CONTROL_IGNORE);
	ck_assert_uint_eq(c->cache.replay_chunk, 40);
	ck_assert_int_eq(c->cache.models_ttl_ms, 0);
	ck_assert_uint_eq(c->cache.rules.count, 1);
	ck_assert(!c->compat.body && !c->compat.headers);
	ck_assert_int_eq(c->replay.usage, CONFIG_USAGE_ZERO);
	ck_assert_int_eq(c->replay.ids, CONFIG_IDS_FRESH);
	ck_assert_str_eq(c->tls.cert, "/c");
	ck_assert_str_eq(c->tls.key, "/k");
	ck_assert_uint_eq(c->limits.body, 1000000);
	ck_assert_uint_eq(c->limits.body_ratio, 9);
	ck_assert_uint_eq(c->limits.memory, 9437184);
	ck_assert_uint_eq(c->limits.headers, 4096);
	ck_assert_int_eq(c->limits.connections, 7);
	ck_assert_int_eq(c->limits.connections_per_address, 6);
	ck_assert_int_eq(c->limits.idle_ms, 8000);
	ck_assert_int_eq(c->limits.header_time_ms, 9000);
	ck_assert_int_eq(c->limits.body_time_ms, 10000);
	ck_assert_uint_eq(c->limits.body_rate, 11);
	ck_assert_str_eq(c->admin.listen, "unix:/a");
	ck_assert_int_eq(c->log.level, LOG_DEBUG);
	ck_assert_int_eq(c->log.format, LOG_JSON);
	ck_assert(!c->log.access);
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
	    {"upstream.forwarded=on", CONFIG_FORWARDED_ON},
	    {"upstream.forwarded=off", CONFIG_FORWARDED_OFF},
	    {"cache.share=credential", CONFIG_SHARE_CREDENTIAL},
	    {"cache.share=everyone", CONFIG_SHARE_EVERYONE},
	    {"cache.on_abandon=cancel", CONFIG_ABANDON_CANCEL},
	    {"cache.on_abandon=finish", CONFIG_ABANDON_FINISH},
	    {"cache.on_abandon=finish_repeated", CONFIG_ABANDON_FINISH_REPEATED},
	    {"cache.store_length=limited", CONFIG_LENGTH_LIMITED},
	    {"cache.store_length=always", CONFIG_LENGTH_ALWAYS},
	    {"cache.store_length=never", CONFIG_LENGTH_NEVER},
	    {"cache.store_empty=no", CONFIG_EMPTY_NO},
	    {"cache.store_empty=yes", CONFIG_EMPTY_YES},
	    {"cache.tool_calls=valid", CONFIG_CALLS_VALID},
	    {"cache.tool_calls=all", CONFIG_CALLS_ALL},
	    {"cache.tool_calls=none", CONFIG_CALLS_NONE},
	    {"cache.remote_images=bypass", CONFIG_IMAGES_BYPASS},
	    {"cache.remote_images=cache", CONFIG_IMAGES_CACHE},
	    {"cache.client_control=honour", CONFIG_CLIENT_HONOUR},
	    {"cache.client_control=restrict", CONFIG_CLIENT_RESTRICT},
	    {"cache.client_control=ignore", CONFIG_CLIENT_IGNORE},
	    {"cache.upstream_control=heed", CONFIG_CONTROL_HEED},
	    {"cache.upstream_control=ignore", CONFIG_CONTROL_IGNORE},
	    {"replay.usage=original", CONFIG_USAGE_ORIGINAL},
	    {"replay.usage=zero", CONFIG_USAGE_ZERO},
	    {"replay.ids=original", CONFIG_IDS_ORIGINAL},
	    {"replay.ids=fresh", CONFIG_IDS_FRESH},
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

START_TEST(leaves_dollars_alone_outside_the_file)
{
	struct config_sources s = {.environment = ENVIRONMENT("REPRISE_CACHE_NAMESPACE=${X}$")};
	scoped(config_unref) struct config *c = load(s);
	ck_assert_str_eq(c->cache.namespace, "${X}$");
}
END_TEST

START_TEST(defaults_give_way_to_what_is_set)
{
	scoped(config_unref) struct config *c = load(
	    (struct config_sources){.settings = TEXTS("cache.memory=1MiB", "limits.memory=8MiB")});
	ck_assert_uint_eq(c->cache.max_entry, 1048576);
	ck_assert_uint_eq(c->limits.body, 4 << 20);
	scoped(config_unref) struct config *large =
	    load((struct config_sources){.settings = TEXTS("limits.body=256MiB")});
	ck_assert_uint_eq(large->limits.memory, 512 << 20);
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
	tcase_add_test(all, takes_addresses_and_upstreams);
	tcase_add_test(all, takes_groups);
	tcase_add_test(all, lets_later_sources_win);
	tcase_add_test(all, keeps_bounds);
	tcase_add_test(all, has_choices_in_the_order_of_the_enums);
	tcase_add_test(all, reads_files);
	tcase_add_test(all, replaces_variables_in_the_file);
	tcase_add_test(all, leaves_dollars_alone_outside_the_file);
	tcase_add_test(all, defaults_give_way_to_what_is_set);
	tcase_add_test(all, lives_as_long_as_its_owners);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
