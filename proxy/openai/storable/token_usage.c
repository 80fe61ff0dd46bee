#include "proxy/openai/storable/token_usage.h"

#include "proxy/openai/storable/cjson_view.h"

/* The APIs' names for the two counts: OpenAI's chat and completions, its responses and Anthropic's
 * messages, llama.cpp's own completions. */
static const char *const prompt_names[] = {"prompt_tokens", "input_tokens", "tokens_evaluated"};
static const char *const completion_names[] = {"completion_tokens", "output_tokens",
					       "tokens_predicted"};

static void read_first(int64_t *count, const cJSON *object, const char *const *names, size_t most)
{
	for (size_t i = 0; i < most; i++) {
		unsigned number;
		if (cjson_view_number(cjson_view_member(object, names[i]), &number)) {
			*count = number;
			return;
		}
	}
}

void token_usage_read(struct token_usage *u, const cJSON *root)
{
	static const char *const around[] = {"response", "message"};
	const cJSON *usage = cjson_view_member(root, "usage");
	for (size_t i = 0; i < 2 && !usage; i++)
		usage = cjson_view_member(cjson_view_member(root, around[i]), "usage");
	if (!usage && cjson_view_member(root, "tokens_predicted"))
		usage = root;
	enum { NAMES = sizeof(prompt_names) / sizeof(prompt_names[0]) };
	read_first(&u->prompt, usage, prompt_names, NAMES);
	read_first(&u->completion, usage, completion_names, NAMES);
	/* Rerankers (Jina, vLLM) report only the total, and generate nothing. */
	static const char *const total[] = {"total_tokens"};
	if (u->prompt < 0 && u->completion < 0)
		read_first(&u->prompt, usage, total, 1);
}
