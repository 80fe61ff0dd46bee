/* A batch: a request for embeddings that is handled input by input. Each distinct input is a part,
 * which is looked up, joined or led like a request of its own. All parts that this request leads go
 * to the upstream in one request. The response is composed in the order of the inputs.
 *
 *     inputs   a   b   a   c
 *              |   |  /    |
 *     parts    a   b       c
 *            entry |       |
 *              another     ours: one batch fetch for all parts that we lead
 *          request's flight
 *
 * If the upstream got the client's own body, because no input was cached or repeated, its response
 * is passed on unchanged, understood or not; so is an error. If the upstream got only some inputs,
 * and its response is not understood or is too large to be collected, or if the parts' vectors have
 * different lengths, the client's whole body is sent and that response is passed on as it arrives.
 *
 * If a joined part's response was unusable or not 200, one of the requests that waited for it asks
 * for it again (request.h); a response that is not 200 is given to requests that are identical byte
 * for byte.
 *
 * Threads: the worker's. Owned by its request. */
#pragma once

#include "proxy/http/response.h"
#include "proxy/request/request_steps.h"

struct batch;
struct embedding_inputs;

/* At IDENTIFY: whether the request may be a batch, if its body can be split into inputs. */
bool batch_may_be(const struct request *r);

/* Creates r->batch. Takes the inputs, which point into the request's body (nulls *inputs); copies
 * the cache key of each input. */
void batch_adopt(struct request *r, struct embedding_inputs **inputs, const struct cache_key *keys);

/* The steps of a request that has a batch. */
enum step batch_open(struct request *r);
enum step batch_await(struct request *r); /* AWAIT: the batch is gone, await the whole response */
enum step batch_deliver(struct request *r);

/* Leaves all flights and frees the batch. */
void batch_destroy(struct batch **b);
