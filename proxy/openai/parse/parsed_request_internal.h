/* For ask.c, which reads bodies in JSON, and ask_form.c, which reads forms. */
#pragma once

#include "proxy/openai/parse/parsed_request.h"

/* Whether a member of the outermost object, or a field of a form, stays out of the name whatever
 * the endpoint is. */
bool parsed_request_leaves_out(const struct parsed_request_options *options, struct slice key);

/* Whether the text of a number is 0, and whether a seed is one. */
bool parsed_request_is_zero(struct slice number);
bool parsed_request_is_seed(struct slice number);

/* The model by which rules go: the path's, or else this one of the body's. */
void parsed_request_take_model(const struct parsed_request_options *options, struct slice model,
			       struct parsed_request *parsed);

/* Whether the model in the path is one that looks outside, as the body's may be. */
enum verdict parsed_request_deployment_verdict(const struct endpoint *endpoint,
					       const struct parsed_request_options *options);

/* As ask_read, of a form. ret_ask is all zeros up to its model. */
void parsed_request_read_form(const struct endpoint *endpoint, struct slice body,
			      const struct parsed_request_options *options, struct buf *form,
			      struct parsed_request *ret_ask);
