/* Shared by parsed_request.c, which reads JSON bodies, and parsed_request_form.c, which reads
 * forms. All but the last are in parsed_request_member.c. */
#pragma once

#include "proxy/openai/parse/parsed_request.h"

/* Whether a top-level member, or a field of a form, is left out of the cache key at every
 * endpoint. */
bool parsed_request_leaves_out(const struct parsed_request_options *options, struct slice key);

/* Whether the text of a number is zero, and whether that of a seed sets one. */
bool parsed_request_is_zero(struct slice number);
bool parsed_request_is_seed(struct slice number);

/* Sets the model that rules go by: the path's, or else `model` from the body. */
void parsed_request_take_model(const struct parsed_request_options *options, struct slice model,
			       struct parsed_request *parsed);

/* The verdict on the model in the path, which may refer to external state as the body's may. */
enum verdict parsed_request_deployment_verdict(const struct endpoint *endpoint,
					       const struct parsed_request_options *options);

/* As parsed_request_read, for a form. *ret_parsed must be all zeros up to its member `model`. */
void parsed_request_read_form(const struct endpoint *endpoint, struct slice body,
			      const struct parsed_request_options *options, struct buf *form,
			      struct parsed_request *ret_parsed);
