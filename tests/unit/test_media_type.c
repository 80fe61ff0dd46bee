#include "proxy/openai/media_type.h"

#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(media_types)
{
	static const struct {
		const char *text;
		bool is;
	} cases[] = {
	    {"text/event-stream", true},
	    {"Text/Event-Stream; charset=utf-8", true},
	    {"text/event-stream ;a=b", true},
	    {"text/event-streams", false},
	    {"text/event", false},
	    {";text/event-stream", false},
	    {"", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(media_type_is(slice_of(cases[i].text), "text/event-stream") ==
				  cases[i].is,
			      "%s", cases[i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media_type");
	TCase *all = tcase_create("media_type");
	tcase_add_test(all, media_types);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
