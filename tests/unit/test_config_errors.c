/* The errors for invalid configurations. */
#include "config/load.h"

#include "tests/unit/configs.h"

#include <stdio.h>

/* Files with one error, and the line that reports it. */
static const struct {
	const char *text, *line;
} cases[] = {
    {"\ncach:\n", "f:2: cach: no such option (did you mean cache?)\n"},
    {"cache:\n  memroy: 1\n", "f:2: cache.memroy: no such option (did you mean "
			      "cache.memory?)\n"},
    {"ttl: 1h\n", "f:1: ttl: no such option (did you mean cache.ttl?)\n"},
    {"log: {ttl: 1h}\n", "f:1: log.ttl: no such option (did you mean cache.ttl?)\n"},
    {"xyzzy: 1\n", "f:1: xyzzy: no such option\n"},
    {"workers: 1\nworkers: 2\n", "f:2: workers: is already set in line 1\n"},
    {"log: {access: true,\n access: true}\n", "f:2: log.access: is already set in line 1\n"},
    {"xyzzy: 1\nlog:\nlog:\n", "f:1: xyzzy: no such option\nf:3: log: is already set in line 2\n"},
    {"workers: [1]\n", "f:1: workers: is a list and should be one value: 0..256\n"},
    {"workers: {a: 1}\n", "f:1: workers: is a mapping and should be one value: 0..256\n"},
    {"workers:\n", "f:1: workers: has no value: 0..256\n"},
    {"workers: 257\n", "f:1: workers: \"257\" is out of bounds: 0..256\n"},
    {"workers: 1e2\n", "f:1: workers: \"1e2\" is not a whole number (did you mean 100?): 0..256\n"},
    {"workers: 1e3\n", "f:1: workers: \"1e3\" is not a whole number: 0..256\n"},
    {"limits: {idle: 1 week}\n",
     "f:1: limits.idle: \"1 week\" is not a duration: a whole number with ms, s, m, h or d, like "
     "500ms, 30s or 24h: 1s..24h\n"},
    {"workers: two\n", "f:1: workers: \"two\" is not a whole number: 0..256\n"},
    {"cache: 3\n",
     "f:1: cache: is a group of options and should be a mapping, name: value with a blank behind "
     "the colon (did you mean cache.memory or cache.ttl?)\n"},
    {"cache:\n  ttl:1h\n",
     "f:1: cache: is a group of options and should be a mapping, name: value with a blank behind "
     "the colon (did you mean cache.memory or cache.ttl?)\n"},
    {"cache.ttl: 1h\ncache:\n  ttl: 2h\n", "f:3: cache.ttl: is already set in line 1\n"},
    {"cache: {ttl: 2h}\ncache.ttl: 2h\n", "f:2: cache.ttl: is already set in line 1\n"},
    {"'': 1\n", "f:1: an empty name of an option\n"},
    {"cache: {'': 1}\n", "f:1: an empty name of an option\n"},
    {"cache: {namespace: NULL}\n", "f:1: cache.namespace: has no value: any text\n"},
    {"log: {access: yes}\n",
     "f:1: log.access: \"yes\" is neither true nor false (did you mean true?)\n"},
    {"listen: []\n", "f:1: listen: names no address to listen on: host:port, [v6]:port or "
		     "unix:path\n"},
    {"listen:\n", "f:1: listen: has no value: host:port, [v6]:port or unix:path\n"},
    {"listen: [h:1, [h:2]]\n",
     "f:1: listen: is a list and should be one value: host:port, [v6]:port or unix:path\n"},
    {"cache: {ignore_headers: ['']}\n", "f:1: cache.ignore_headers: an empty name in the list\n"},
    {"cache: {ignore_headers: [X-A, 'X B']}\n",
     "f:1: cache.ignore_headers: \"X B\" is not a header or cookie name\n"},
    {"cache: {ignore_cookies: ['a=b']}\n",
     "f:1: cache.ignore_cookies: \"a=b\" is not a header or cookie name\n"},
    {"cache: {ignore_headers: [X-A, AUTHORIZATION]}\n",
     "f:1: cache.ignore_headers: names \"AUTHORIZATION\", an API key: cache.share: everyone says "
     "that whose it is does not count\n"},
    {"cache: {ignore: [user, messages]}\n",
     "f:1: cache.ignore: names \"messages\": all requests would get the same answer\n"},
    {"cache: {ignore: ['us*']}\n",
     "f:1: cache.ignore: \"us*\" is not the name of a member, which is written in full: * and ? "
     "stand for nothing here\n"},
    {"endpoints: {prefixes: ['https://h/openai']}\n",
     "f:1: endpoints.prefixes: \"https://h/openai\" is not a prefix of paths, like /openai\n"},
    {"auth: {paths: ['/v1/{files,models}']}\n",
     "f:1: auth.paths: \"/v1/{files,models}\" is not a path: it has '{' in it; globs use * and "
     "?\n"},
    {"cache: {count: [user, stream]}\n",
     "f:1: cache.count: names stream or stream_options, which never count: one entry answers "
     "streams and plain requests\n"},
    {"cache: {count: [user, id_slot], ignore: [user]}\n",
     "f:1: cache.count: names \"user\", which cache.ignore names, too\n"},
    {"upstream: {forwarded: yes}\n",
     "f:1: upstream.forwarded: \"yes\" is not one of on|off (did you mean on?)\n"},
    {"auth: {paths: [/ok, slots]}\n",
     "f:1: auth.paths: \"slots\" is not a path: it begins with a slash, or is \"*\"\n"},
    {"auth: {paths: ['']}\n", "f:1: auth.paths: an empty name in the list\n"},
    {"cache: {ignore: 'a, b'}\n",
     "f:1: cache.ignore: has a comma in it: several are a list, [one, other]\n"},
    {"cache: {ignore: [a b]}\n",
     "f:1: cache.ignore: \"a b\" is not a name: it has a blank, a bracket "
     "or a quote in it; several are "
     "a list, [one, other]\n"},
    {"listen: [\"h:1\", \"h:0\", \"h:0\", \"h:1\"]\n", "f:1: listen: names \"h:1\" twice\n"},
    {"listen: \"h:1\"\nadmin: {listen: \"h:1\"}\n",
     "f:2: admin.listen: \"h:1\" is an address of listen, too: it needs one for itself\n"},
    {"tls: {cert: /c}\n", "f:1: tls.cert: is set, but tls.key is not: both files are needed\n"},
    {"upstream: http://h\n", "f:1: upstream: is a group of options and should be a mapping, name: "
			     "value with a blank behind "
			     "the colon (did you mean upstreams?)\n"},
    {"upstreams: ['http://***@h']\n",
     "f:1: upstreams: url: is masked: a printed configuration does not show passwords\n"},
    {"upstreams: [{url: http://h, api_key: '***'}]\n",
     "f:1: upstreams: api_key: is masked: a printed configuration does not show keys\n"},
    {"upstreams: [http://h:80000]\n",
     "f:1: upstreams: url: \"http://h:80000\": 80000 is not a port: 1..65535\n"},
    {"cache: {ignore: ['']}\n", "f:1: cache.ignore: an empty name in the list\n"},
    {"cache: {namespace: \"a\\tb\"}\n", "f:1: cache.namespace: has a control character in it\n"},
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
     "f:2: upstreams: an upstream has one url, and not two\n"},
    {"upstreams: [{url: http://a, api_key: }]\n",
     "f:1: upstreams: api_key: has no value: printable ASCII without spaces\n"},
    {"upstreams: [{url: [http://a]}]\n",
     "f:1: upstreams: url: is a list and should be one value: http://host[:port][/base], https://… "
     "or unix:/path[:/base]\n"},
    {"admin: {listen: 'h:1,h:2'}\n",
     "f:1: admin.listen: \"h:1,h:2\" has a comma in it: it is one address\n"},
    {"upstreams: [{url: http://a, api_key: \"se cret\"}]\n",
     "f:1: upstreams: api_key: has bytes that cannot be sent: printable ASCII without "
     "spaces\n"},
    {"admin: {listen: nowhere}\n",
     "f:1: admin.listen: \"nowhere\" is not an address to listen on: host:port, [v6]:port "
     "or unix:path; the port is missing\n"},
    {"cache: {memory: 1MiB, max_entry: 2MiB}\n",
     "f:1: cache.max_entry: 2MiB is more than cache.memory, 1MiB: no such entry could be kept\n"},
    {"limits: {memory: 8MiB, body: 6MiB}\n",
     "f:1: limits.body: 6MiB is more than half of limits.memory, 4MiB: no such body could be taken "
     "in\n"},
    {"upstream: {ca_file: /does/not/exist}\n",
     "f:1: upstream.ca_file: \"/does/not/exist\" cannot be read: No such file or "
     "directory\n"},
};

START_TEST(reports_errors_in_the_file)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_refused(file(cases[i].text), cases[i].line);
}
END_TEST

START_TEST(keeps_addresses_apart)
{
	static const struct {
		const char *text, *line;
	} apart[] = {
	    {"listen: ['127.0.0.1:80', '0.0.0.0:80']\n",
	     "f:1: listen: \"127.0.0.1:80\" and \"0.0.0.0:80\" cannot both be listened on\n"},
	    {"listen: ['[::]:80', '[::1]:80']\n",
	     "f:1: listen: \"[::]:80\" and \"[::1]:80\" cannot both be listened on\n"},
	    {"listen: ['unix:/a', 'unix:/a']\n", "f:1: listen: names \"unix:/a\" twice\n"},
	    {"listen: 0.0.0.0:80\nadmin: {listen: '127.0.0.1:80'}\n",
	     "f:2: admin.listen: \"127.0.0.1:80\" and \"0.0.0.0:80\" of listen cannot both be "
	     "listened on\n"},
	    {"upstreams: http://u:p@localhost:8080/v1\n",
	     "f:1: upstreams: url: is \"127.0.0.1:8080\", on which Reprise itself listens: it "
	     "would forward to itself\n"},
	    {"listen: 0.0.0.0:80\nupstreams: http://127.0.0.1\n",
	     "f:2: upstreams: url: is \"0.0.0.0:80\", on which Reprise itself listens: it would "
	     "forward to itself\n"},
	    {"listen: unix:/a\nupstreams: unix:/a:/v1\n",
	     "f:2: upstreams: url: is \"unix:/a\", on which Reprise itself listens: it would "
	     "forward "
	     "to itself\n"},
	};
	static const char *const fine[] = {
	    "listen: ['0.0.0.0:80', '[::]:80', '127.0.0.1:81', 'unix:/a', 'h:80']\n",
	    "listen: ['127.0.0.1:0', '127.0.0.1:0']\n",
	    "listen: 0.0.0.0:80\nupstreams: http://[::1]\n",
	    "listen: 0.0.0.0:8000\nupstreams: http://10.0.0.1x:8000\n",
	    "listen: unix:/a\nupstreams: unix:/ab\n",
	};
	for (size_t i = 0; i < COUNT_OF(apart); i++)
		check_refused(file(apart[i].text), apart[i].line);
	for (size_t i = 0; i < COUNT_OF(fine); i++) {
		struct config *c = load(file(fine[i]));
		config_unref(&c);
	}
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
	    "f:5: listen: \"x\" is not an address to listen on: host:port, [v6]:port or unix:path; "
	    "the port is missing\n"
	    "environment REPRISE_CACHE_TTL: \"x\" is not a duration: a whole number with ms, s, m, "
	    "h or d, like 500ms, 30s or 24h: 1ms..3650d\n"
	    "environment REPRISE_CAHCE_TTL: no such option (did you mean REPRISE_CACHE_TTL?)\n"
	    "--listen: \"y\" is not an address to listen on: host:port, [v6]:port or unix:path; "
	    "the port is missing\n"
	    "--listen: \"z\" is not an address to listen on: host:port, [v6]:port or unix:path; "
	    "the port is missing\n"
	    "--upstream: more than one upstream is not supported yet: this version forwards to "
	    "one\n"
	    "--set cache.ttl: \"-1s\" is not a duration: a whole number with ms, s, m, h or d, "
	    "like 500ms, 30s or 24h: 1ms..3650d\n"
	    "--set cache.tll: no such option (did you mean cache.ttl?)\n"
	    "--set cache: is a group of options: --set cache.name=value (did you mean cache.memory "
	    "or "
	    "cache.ttl?)\n"
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
	ck_assert(buf_reserve(&text, (1 << 20) - text.len));
	memset(text.at + text.len, '#', (1 << 20) - text.len);
	text.len = 1 << 20;
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

START_TEST(says_what_is_wrong_with_variables)
{
	check_refused(file("cache: {namespace: \"${X}\"}\n"),
		      "f:1: cache.namespace: the environment variable X is not set; ${X:-default} "
		      "gives it a default\n");
	check_refused(file("cache: {namespace: \"${X:-${Y}}\"}\n"),
		      "f:1: cache.namespace: the default of ${X:-…} has a variable in it, which is "
		      "not replaced\n");
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

START_TEST(wants_utf8_from_everywhere)
{
	static const char *const good[] = {"\xc3\xa4", "\xe2\x82\xac", "\xed\x9f\xbf",
					   "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xc0\xaf",
					  "\xc3",
					  "\xe2\x82",
					  "\xe0\x9f\xbf",
					  "\xff",
					  "\xed\xa0\x80",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80"};
	char setting[64];
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		snprintf(setting, sizeof setting, "cache.namespace=x%sy", good[i]);
		struct config *c = load((struct config_sources){.settings = TEXTS(setting)});
		config_unref(&c);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		snprintf(setting, sizeof setting, "cache.namespace=x%s", bad[i]);
		check_refused((struct config_sources){.settings = TEXTS(setting)},
			      "--set cache.namespace: is not UTF-8\n");
	}
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

int main(void)
{
	Suite *suite = suite_create("config_errors");
	TCase *all = tcase_create("config_errors");
	tcase_add_test(all, reports_errors_in_the_file);
	tcase_add_test(all, keeps_addresses_apart);
	tcase_add_test(all, says_everything_at_once);
	tcase_add_test(all, bounds_the_lines);
	tcase_add_test(all, refuses_a_file_over_1_mib);
	tcase_add_test(all, says_what_is_wrong_with_variables);
	tcase_add_test(all, wants_utf8_from_everywhere);
	tcase_add_test(all, never_says_a_secret);
	tcase_add_test(all, keeps_lines_whole);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
