#include "proxy/scope.h"

/* Raised whenever the meaning of a name changes, so that stores outside the process never mix. */
static const char schema[] = "reprise 2";

/* Who asks. OpenAI's account fields count: one key may act for several projects. So do the keys of
 * Google's and Azure's gateways, and what proxies that log people in (oauth2-proxy, Cloudflare
 * Access) tell of them. */
static const struct slice credentials[] = {
    SLICE("Authorization"),
    SLICE("X-Api-Key"),
    SLICE("Api-Key"),
    SLICE("Cookie"),
    SLICE("OpenAI-Organization"),
    SLICE("OpenAI-Project"),
    SLICE("X-Goog-Api-Key"),
    SLICE("Ocp-Apim-Subscription-Key"),
    SLICE("X-Auth-Token"),
    SLICE("X-Access-Token"),
    SLICE("X-Forwarded-User"),
    SLICE("X-Forwarded-Email"),
    SLICE("X-Forwarded-Access-Token"),
    SLICE("Cf-Access-Client-Id"),
    SLICE("Cf-Access-Jwt-Assertion"),
};

/* What else shapes the answer: content type (vLLM refuses all but JSON, llama.cpp none), the
 * versions that Anthropic and OpenAI let clients choose, vLLM's load report. */
static const struct slice shaping[] = {
    SLICE("Content-Type"),
    SLICE("Anthropic-Version"),
    SLICE("Anthropic-Beta"),
    SLICE("OpenAI-Beta"),
    SLICE("Endpoint-Load-Metrics-Format"),
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool append_part(struct buf *out, struct slice part)
{
	uint64_t len = part.len;
	return buf_append(out, &len, sizeof len) && buf_append_slice(out, part);
}

/* Every field of the name, with their count in front: none, an empty one and two differ. What the
 * client names in Connection stays here, so the upstream answers as if it had not been sent. */
static bool append_fields(struct buf *out, const struct fields *fields, struct slice name)
{
	size_t count = fields_count(fields, name);
	if (count && field_is_hop_by_hop(fields, name))
		count = 0;
	if (!buf_append_byte(out, (char)count))
		return false;
	for (size_t i = 0; i < fields->count && count; i++)
		if (slice_equal_nocase(fields->at[i].name, name) &&
		    !append_part(out, fields->at[i].value))
			return false;
	return true;
}

static bool append_tenant(const struct fields *fields, struct namer *namer, struct buf *out)
{
	struct buf plain = buf_make(out->limit);
	bool fine = true;
	for (size_t i = 0; i < COUNT(credentials) && fine; i++)
		fine = append_fields(&plain, fields, credentials[i]);
	uint8_t hash[32];
	namer_conceal(namer, buf_slice(&plain), hash);
	if (plain.at)
		explicit_bzero(plain.at, plain.len);
	buf_finish(&plain);
	return fine && buf_append(out, hash, sizeof hash);
}

bool scope_append(const struct scope_options *options, const struct scope_route *route,
		  struct namer *namer, struct buf *out)
{
	bool fine =
	    append_part(out, slice_of(schema)) && append_part(out, slice_of(options->space)) &&
	    append_part(out, options->asked_space) &&
	    append_part(out, slice_of(options->upstream)) && append_part(out, route->path) &&
	    buf_append_byte(out, route->query.at ? '?' : '-') && append_part(out, route->query);
	for (size_t i = 0; i < COUNT(shaping) && fine; i++)
		fine = append_fields(out, route->fields, shaping[i]);
	if (!fine || !buf_append_byte(out, options->everyone ? 'e' : 'c'))
		return false;
	return options->everyone || append_tenant(route->fields, namer, out);
}
