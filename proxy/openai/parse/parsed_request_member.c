/* Single members of a JSON body or fields of a form. */
#include "proxy/openai/parse/external_state.h"
#include "proxy/openai/parse/parsed_request_internal.h"

/* Top-level members left out of the cache key: they tell how the response travels, where it is
 * generated or who asks, and do not change it. prompt_cache_key routes to a prompt cache,
 * safety_identifier and user identify the user (OpenAI API reference), and client_metadata tells
 * Codex's session and turn, as its headers do (codex-rs/core/src/client.rs). */
static const struct slice left_out_names[] = {
    SLICE("user"),	   SLICE("safety_identifier"), SLICE("prompt_cache_key"),
    SLICE("request_id"),   SLICE("priority"),	       SLICE("id_slot"),
    SLICE("cache_prompt"), SLICE("client_metadata"),
};

bool parsed_request_leaves_out(const struct parsed_request_options *options, struct slice key)
{
	if (slice_is_one_of(key, options->ignore, options->ignore_count))
		return true;
	return SLICE_EQUALS_AMONG(key, left_out_names) &&
	       !slice_is_one_of(key, options->count, options->count_count);
}

bool parsed_request_is_zero(struct slice number)
{
	for (size_t i = 0; i < number.len && number.at[i] != 'e' && number.at[i] != 'E'; i++)
		if (number.at[i] >= '1' && number.at[i] <= '9')
			return false;
	return true;
}

/* llama.cpp takes a seed of -1, also as 32 bits without a sign, as none. */
bool parsed_request_is_seed(struct slice number)
{
	return number.len && number.at[0] != '-' && !slice_is(number, "4294967295");
}

/* The model in the path takes precedence; servers with such paths ignore the body's. */
void parsed_request_take_model(const struct parsed_request_options *options, struct slice model,
			       struct parsed_request *parsed)
{
	struct slice taken = options->deployment.len ? options->deployment : model;
	parsed->model_len = taken.len <= sizeof parsed->model ? taken.len : 0;
	memcpy(parsed->model, taken.at, parsed->model_len);
}

enum verdict parsed_request_deployment_verdict(const struct endpoint *endpoint,
					       const struct parsed_request_options *options)
{
	struct canonical_member model = {
	    .depth = 1,
	    .key = slice_of("model"),
	    .kind = JSON_STRING,
	    .value = options->deployment,
	};
	if (model.value.len == 0)
		return VERDICT_FINE;
	struct external_state external_state;
	external_state_begin(&external_state, endpoint->family);
	return external_state_value(&external_state, &model);
}
