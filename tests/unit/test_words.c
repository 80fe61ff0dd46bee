#include "proxy/openai/parse/words.h"

#include "tests/unit/main.h"

#include <stdio.h>

static const struct {
	const char *name;
	const char *camel; /* the words, separated by commas */
	const char *plain; /* the same without camel case; NULL: no difference */
} names[] = {
    {"vector_store_ids", "vector,store,ids", NULL},
    {"vectorStoreIds", "vector,Store,Ids", "vectorStoreIds"},
    {"vector_store.ids", "vector,store,ids", NULL},
    {"agentID", "agent,ID", "agentID"},
    {"RAGConfig", "RAG,Config", "RAGConfig"},
    {"s3Uri", "s3,Uri", "s3Uri"},
    {"ID", "ID", NULL},
    {"A", "A", NULL},
    {"", "", NULL},
    {"__a__b__", "a,b", NULL},
    {"openai/gpt-4o:online", "openai,gpt,4o,online", NULL},
    {"$web_search", "web,search", NULL},
    {"gr\xc3\xb6\xc3\x9f"
     "e_id",
     "gr\xc3\xb6\xc3\x9f"
     "e,id",
     NULL},
    {"a_b_c_d_e_f_g_h_i_j_k_l_m_n", "a,b,c,d,e,f,g,h,i,j,k,l", NULL},
};

static void check(const char *name, bool camel, const char *expected)
{
	struct words w = words_split(slice_of(name), camel);
	char text[200] = "";
	size_t len = 0;
	for (size_t i = 0; i < w.count; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", i ? "," : "",
					SLICE_FMT(w.at[i]));
	ck_assert_str_eq(text, expected);
}

START_TEST(splits)
{
	check(names[_i].name, true, names[_i].camel);
	check(names[_i].name, false, names[_i].plain ? names[_i].plain : names[_i].camel);
}
END_TEST

START_TEST(finds)
{
	struct words w = words_split(slice_of("cachedContentName"), true);
	ck_assert(words_have(&w, "content") && words_have(&w, "CACHED"));
	ck_assert(!words_have(&w, "conten") && !words_have(&w, "contents"));
	ck_assert(words_have_pair(&w, "cached", "content"));
	ck_assert(!words_have_pair(&w, "content", "cached"));
	ck_assert(!words_have_pair(&w, "cached", "name"));
}
END_TEST

START_TEST(ends)
{
	ck_assert(word_ends_with(slice_of("NousResearch"), "research"));
	ck_assert(word_ends_with(slice_of("a"), "a") && !word_ends_with(slice_of("a"), "ba"));
	ck_assert(word_searches(slice_of("liveSearch")) && word_searches(slice_of("research")));
	ck_assert(!word_searches(slice_of("search")) && !word_searches(slice_of("searcher")));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("words");
	TCase *all = tcase_create("words");
	tcase_add_loop_test(all, splits, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(all, finds);
	tcase_add_test(all, ends);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
