#include "proxy/upstream/shareable.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

static const struct {
	unsigned status;
	const char *fields;
	enum verdict verdict;
} cases[] = {
    {200, "", VERDICT_FINE},
    {200, "Cache-Control: max-age=60, public\n", VERDICT_FINE},
    {200, "cache-control: max-age=60, Private\n", VERDICT_UPSTREAM_PRIVATE},
    {200, "Cache-Control: public\nCache-Control: no-store\n", VERDICT_UPSTREAM_PRIVATE},
    {200, "Vary: *\n", VERDICT_UPSTREAM_PRIVATE},
    {200, "Vary: Origin, *\n", VERDICT_UPSTREAM_PRIVATE},
    {200, "Vary:\n", VERDICT_FINE},
    {200, "Vary: accept-encoding,,Origin\n", VERDICT_FINE},
    {200, "Vary: Authorization, X-Api-Key, Cookie, X-Any-Token\n", VERDICT_FINE},
    {200, "Vary: content-type, OpenAI-Beta\n", VERDICT_FINE},
    {200, "Vary: X-Persona, Host, X-Forwarded-Host, Connection\n", VERDICT_FINE},
    {200, "Vary: User-Agent\n", VERDICT_VARY},
    {200, "Vary: X-Persona, X-Forwarded-For\n", VERDICT_VARY},
    {200, "Vary: Traceparent\n", VERDICT_VARY},
    {200, "Vary: Accept-Language\n", VERDICT_VARY},
    {200, "vary: Origin\nVARY: Accept-Encoding, Accept\n", VERDICT_VARY},
    {200, "Vary: Authorization\n", VERDICT_FINE},
    {500, "Cache-Control: private\nVary: User-Agent\n", VERDICT_FINE},
    {401, "", VERDICT_FINE},
};

enum { CASES = sizeof cases / sizeof *cases };

START_TEST(tells_for_whom_an_answer_is)
{
	static const struct config_list none;
	struct header_table *table =
	    header_table_create(&(struct header_table_options){.ignore = &none, .forwarded = true});
	struct head head = {.status = cases[_i].status, .fields = fields_of(cases[_i].fields)};
	ck_assert_str_eq(verdict_text(shareable_verdict(table, &head)),
			 verdict_text(cases[_i].verdict));
	header_table_destroy(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shareable");
	TCase *all = tcase_create("shareable");
	tcase_add_loop_test(all, tells_for_whom_an_answer_is, 0, CASES);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
