/* What the demo model says to a chat or completion request, as one object or event by event.
 *
 * The events of one choice, as OpenAI's server sends them:
 *
 *   chat         role, content (or arguments) token by token, finish
 *   completion   text token by token, finish
 *
 * then, if asked for, one with the usage, and last `[DONE]`. */
#pragma once

#include "base/buf.h"
#include "tests/lib/demo_question.h"

struct demo_speech;

/* The question must outlive the speech. */
struct demo_speech *demo_speech_create(const struct demo_question *question);
void demo_speech_destroy(struct demo_speech **speech);

/* The whole as one object, to be given to cJSON_Delete; *ret_tokens is how many tokens it took. */
cJSON *demo_speech_whole(const struct demo_speech *speech, unsigned *ret_tokens);

/* How many events demo_speech_next will make. */
size_t demo_speech_events(const struct demo_speech *speech);

/* Appends the next event with its framing. *ret_tokens is how many tokens had to be made by then.
 * False: there are no more. */
bool demo_speech_next(struct demo_speech *speech, struct buf *to, unsigned *ret_tokens);
