#include "config/value.h"

#include "config/nearest.h"
#include "tests/unit/main.h"

struct good {
	const char *text;
	uint64_t value;
	const char *printed; /* NULL: as it was written */
};

typedef bool (*parser)(struct slice, uint64_t *, struct error_text *);
typedef bool (*printer)(struct buf *, uint64_t);

static void check_good(const struct good *cases, size_t count, parser parse, printer print)
{
	for (size_t i = 0; i < count; i++) {
		const struct good *c = &cases[i];
		struct error_text why = {0};
		uint64_t got = 0;
		ck_assert_msg(parse(slice_of(c->text), &got, &why), "%s: %s", c->text, why.text);
		ck_assert_msg(got == c->value, "%s is %llu", c->text, (unsigned long long)got);
		scoped(buf_finish) struct buf b = buf_make(64);
		ck_assert(print(&b, got));
		ck_assert_msg(slice_is(buf_slice(&b), c->printed ? c->printed : c->text),
			      "%s is printed as %.*s", c->text, SLICE_FMT(buf_slice(&b)));
	}
}

struct bad {
	const char *text;
	const char *why; /* part of the error text */
};

static void check_bad(const struct bad *cases, size_t count, parser parse)
{
	for (size_t i = 0; i < count; i++) {
		struct error_text why = {0};
		uint64_t got = 77;
		ck_assert_msg(!parse(slice_of(cases[i].text), &got, &why), "%s", cases[i].text);
		ck_assert_uint_eq(got, 77);
		ck_assert_msg(strstr(why.text, cases[i].why), "%s: %s", cases[i].text, why.text);
	}
}

#define GOOD(cases, parse, print) check_good(cases, sizeof cases / sizeof cases[0], parse, print)
#define BAD(cases, parse) check_bad(cases, sizeof cases / sizeof cases[0], parse)

START_TEST(counts)
{
	static const struct good good[] = {
	    {"0", 0, NULL},
	    {"1", 1, NULL},
	    {"10", 10, NULL},
	    {"18446744073709551615", UINT64_MAX, NULL},
	};
	static const struct bad bad[] = {
	    {"", "not a whole number"},
	    {"-1", "not a whole number"},
	    {"+1", "not a whole number"},
	    {"1.5", "not a whole number"},
	    {"1e3", "not a whole number"},
	    {"0x10", "not a whole number"},
	    {" 1", "not a whole number"},
	    {"1 ", "not a whole number"},
	    {"1_000", "not a whole number (did you mean 1000?)"},
	    {"10,000", "not a whole number (did you mean 10000?)"},
	    {"2e3", "not a whole number (did you mean 2000?)"},
	    {"007", "\"007\" begins with a zero, as octal numbers do: write \"7\""},
	    {"18446744073709551616", "too large"},
	    {"99999999999999999999999999", "too large"},
	};
	GOOD(good, value_count, value_print_count);
	BAD(bad, value_count);
}
END_TEST

START_TEST(sizes)
{
	static const struct good good[] = {
	    {"0", 0, NULL},
	    {"1", 1, NULL},
	    {"1023", 1023, NULL},
	    {"17B", 17, "17"},
	    {"1KiB", 1024, NULL},
	    {"1024", 1024, "1KiB"},
	    {"64KiB", 65536, NULL},
	    {"512MiB", 536870912, NULL},
	    {"1536MiB", 1610612736, NULL},
	    {"1024MiB", 1073741824, "1GiB"},
	    {"2TiB", 2199023255552, NULL},
	    {"10KB", 10000, NULL},
	    {"10MB", 10000000, NULL},
	    {"3GB", 3000000000, NULL},
	    {"3TB", 3000000000000, NULL},
	};
	static const struct bad bad[] = {
	    {"", "not a size"},
	    {"MiB", "not a size"},
	    {"1.5GiB", "not a size"},
	    {"-1MiB", "not a size"},
	    {"1 MiB", "not a size"},
	    {"1mib", "not a size"},
	    {"1M", "not a size"},
	    {"1Mi", "not a size"},
	    {"1kB", "not a size"},
	    {"1MiBs", "not a size"},
	    {"10%", "not a size"},
	    {"30s", "like 512MiB"},
	    {"99999999TiB", "large"},
	    {"99999999999999999999B", "too large"},
	    {"10m", "10MiB?)"},
	    {"1e9", "(did you mean 1000000000?)"},
	    {"1.5GiB", "(did you mean 1536MiB?)"},
	    {"5 mb", "5MB?)"},
	    {"2Gi", "(did you mean 2GiB?)"},
	    {"010MiB", "octal"},
	    {"1.5", "like 512MiB"},
	};
	GOOD(good, value_size, value_print_size);
	BAD(bad, value_size);
}
END_TEST

START_TEST(durations)
{
	static const struct good good[] = {
	    {"0", 0, NULL},	     {"0s", 0, "0"},	      {"1ms", 1, NULL},
	    {"500ms", 500, NULL},    {"1000ms", 1000, "1s"},  {"75s", 75000, NULL},
	    {"60s", 60000, "60s"},   {"120s", 120000, "2m"},  {"5m", 300000, NULL},
	    {"1h", 3600000, NULL},   {"24h", 86400000, NULL}, {"1d", 86400000, "24h"},
	    {"7d", 604800000, NULL},
	};
	static const struct bad bad[] = {
	    {"30", "has no unit: ms, s, m, h or d, like 30s"},
	    {"1", "has no unit"},
	    {"99999999999999999999", "has no unit"},
	    {"", "not a duration"},
	    {"s", "not a duration"},
	    {"-1s", "not a duration"},
	    {"1.5s", "not a duration"},
	    {"1 s", "not a duration"},
	    {"1S", "not a duration"},
	    {"1sec", "not a duration"},
	    {"1h30m", "not a duration"},
	    {"1w", "not a duration"},
	    {"99999999999999d", "too large"},
	    {"30 s", "(did you mean 30s?)"},
	    {"5min", "(did you mean 5m?)"},
	    {"1h30m", "(did you mean 90m?)"},
	    {"1.5h", "(did you mean 90m?)"},
	    {"2 weeks", "(did you mean 14d?)"},
	    {"10MB", "30s or 24h"},
	    {"05m", "octal"},
	    {"9223372036854775808ms", "too large"},
	};
	GOOD(good, value_duration, value_print_duration);
	BAD(bad, value_duration);
}
END_TEST

START_TEST(percentages)
{
	static const struct good good[] = {
	    {"0%", 0, NULL},	    {"10%", 1000, NULL}, {"100%", 10000, NULL}, {"2.5%", 250, NULL},
	    {"2.50%", 250, "2.5%"}, {"0.25%", 25, NULL}, {"0.05%", 5, NULL},	{"0", 0, "0%"},
	};
	static const struct bad bad[] = {
	    {"", "not a percentage"},	       {"%", "not a percentage"},
	    {"10", "(did you mean 10%?)"},     {"0.1", "(did you mean 10%?)"},
	    {"2.5 %", "(did you mean 2.5%?)"}, {"101", "like 10% or 2.5%"},
	    {".5%", "not a percentage"},       {"1.%", "not a percentage"},
	    {"1.234%", "not a percentage"},    {"-5%", "not a percentage"},
	    {"5 %", "like 10% or 2.5%"},       {"184467440737095517%", "too large"},
	};
	GOOD(good, value_percentage, value_print_percentage);
	BAD(bad, value_percentage);
}
END_TEST

START_TEST(switches)
{
	struct error_text why;
	bool on = false;
	ck_assert(value_switch(slice_of("true"), &on, &why) && on);
	ck_assert(value_switch(slice_of("false"), &on, &why) && !on);
	static const char *const bad[] = {"", "yes", "no", "on", "off", "1", "0", "True", "TRUE"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_msg(!value_switch(slice_of(bad[i]), &on, &why), "%s", bad[i]);
		ck_assert(strstr(why.text, "neither true nor false"));
	}
	ck_assert(!value_switch(slice_of("Off"), &on, &why));
	ck_assert_str_eq(why.text, "\"Off\" is neither true nor false (did you mean false?)");
	ck_assert(!value_switch(slice_of("tru"), &on, &why));
	ck_assert_str_eq(why.text, "\"tru\" is neither true nor false (did you mean true?)");
}
END_TEST

START_TEST(choices)
{
	struct error_text why;
	unsigned choice = 9;
	static const char all[] = "error|warn|info";
	ck_assert_uint_eq(value_choices(all), 3);
	ck_assert(value_choice(slice_of("error"), all, &choice, &why) && choice == 0);
	ck_assert(value_choice(slice_of("info"), all, &choice, &why) && choice == 2);
	static const char *const bad[] = {"", "inf", "info|", "error|warn", "INFO", "debug"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_msg(!value_choice(slice_of(bad[i]), all, &choice, &why), "%s", bad[i]);
		ck_assert(strstr(why.text, "is not one of error|warn|info"));
	}
	ck_assert(!value_choice(slice_of("wran"), all, &choice, &why));
	ck_assert(strstr(why.text, "(did you mean warn?)"));
	ck_assert(!value_choice(slice_of("INFO"), all, &choice, &why));
	ck_assert(strstr(why.text, "(did you mean info?)"));
	ck_assert(!value_choice(slice_of("WARNING"), all, &choice, &why));
	ck_assert(strstr(why.text, "(did you mean warn?)"));
	ck_assert(!value_choice(slice_of("true"), "on|off", &choice, &why));
	ck_assert(strstr(why.text, "(did you mean on?)"));
	ck_assert(!value_choice(slice_of("false"), "no|yes", &choice, &why));
	ck_assert(strstr(why.text, "(did you mean no?)"));
}
END_TEST

START_TEST(finds_the_nearest_word)
{
	static const struct {
		const char *word, *candidate;
		bool near;
	} cases[] = {
	    {"MEMORY", "memory", true},	  {"memroy", "memory", true}, {"memor", "memory", true},
	    {"mmemory", "memory", true},  {"nenory", "memory", true}, {"ttl", "memory", false},
	    {"entries", "memory", false}, {"", "ttl", false},	      {"x", "on", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct nearest n = nearest_to(cases[i].word);
		nearest_offer(&n, cases[i].candidate, "shown");
		ck_assert_msg((n.shown != NULL) == cases[i].near, "%s", cases[i].word);
	}
	char longer[200] = {0};
	memset(longer, 'x', sizeof longer - 1);
	struct nearest n = nearest_to(longer);
	nearest_offer(&n, longer, longer);
	ck_assert_ptr_null(n.shown);
}
END_TEST

START_TEST(prefers_the_nearer_word)
{
	struct nearest n = nearest_to("warm");
	nearest_offer(&n, "farms", "farms");
	nearest_offer(&n, "warn", "warn");
	nearest_offer(&n, "barn", "barn");
	ck_assert_str_eq(n.shown, "warn");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("value");
	TCase *all = tcase_create("value");
	tcase_add_test(all, counts);
	tcase_add_test(all, sizes);
	tcase_add_test(all, durations);
	tcase_add_test(all, percentages);
	tcase_add_test(all, switches);
	tcase_add_test(all, choices);
	tcase_add_test(all, finds_the_nearest_word);
	tcase_add_test(all, prefers_the_nearer_word);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
