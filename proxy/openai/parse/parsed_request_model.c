#include "proxy/openai/parse/parsed_request_internal.h"
#include "proxy/openai/parse/external_state.h"

/* A path that names the model decides; servers with such paths do not look at the body's. */
void ask_take_model(const struct ask_options *options, struct slice model, struct ask *ask)
{
	struct slice taken = options->deployment.len ? options->deployment : model;
	ask->model_len = taken.len <= sizeof ask->model ? taken.len : 0;
	memcpy(ask->model, taken.at, ask->model_len);
}

enum verdict ask_deployment_verdict(const struct endpoint *endpoint,
				    const struct ask_options *options)
{
	struct canonical_member model = {
	    .depth = 1,
	    .key = slice_of("model"),
	    .kind = JSON_STRING,
	    .value = options->deployment,
	};
	if (model.value.len == 0)
		return VERDICT_FINE;
	struct outside outside;
	outside_begin(&outside, endpoint->family);
	return outside_value(&outside, &model);
}
