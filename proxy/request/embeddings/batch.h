/* A batch: a request for embeddings, input by input. Every distinct input is a part that is looked
 * up, joined or led like a request of its own; what is led goes to the upstream in one request; the
 * answer is put together in the order asked for.
 *
 *     inputs   a   b   a   c
 *              |   |  /    |
 *     parts    a   b       c
 *            entry |       |
 *             somebody's   ours: one batch fetch for all that we lead
 *               flight
 *
 * When the upstream got the client's own body, for nothing was known and nothing repeats, its
 * answer passes as it is, understood or not; so does an answer that is an error. When it got a part
 * and its answer is not understood, or is too large to be collected, or the parts' vectors are not
 * of one length, the whole body is asked for anew and passes as it comes. A part that somebody else
 * asked for, among inputs whose answer was of no use or not 200, is asked for again, by one of
 * those who waited for it (request.h); an answer that is not 200 is given to who sent the same
 * request byte for byte.
 *
 * Threads: only the worker's. Owned by its request. */
#pragma once

#include "proxy/http/response.h"
#include "proxy/request/request_steps.h"

struct batch;
struct embedding_inputs;

/* At IDENTIFY: whether the request may be one, if its body can be taken apart. */
bool batch_may_be(const struct request *r);

/* It is one, of these inputs (taken), which point into its upload, with a name for each (copied).
 */
void batch_adopt(struct request *r, struct embedding_inputs **inputs, const struct name *names);

/* The steps of a request that has a batch. */
enum step batch_open(struct request *r);
enum step batch_await(struct request *r); /* AWAIT: it has none any more, go on with the whole */
enum step batch_deliver(struct request *r);

/* Leaves all flights. */
void batch_destroy(struct batch **b);
