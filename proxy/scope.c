#include "proxy/scope.h"

#include "base/ensure.h"

#include <ctype.h>

/* Raised whenever the meaning of a name changes, so that stores outside the process never mix. */
static const char schema[] = "reprise 3";

/* Who asks, beside the fields below: cookies; OpenAI's account, since one key may act for several;
 * and what proxies that log people in tell of them (oauth2-proxy, Cloudflare Access, Envoy, the
 * gateways of AWS, Azure and Google, Authelia, authentik), or gateways of the consumers, tenants
 * and projects they act for (Kong, APISIX, Grafana, Open WebUI, Bifrost, Google, Hugging Face). */
static const struct slice identities[] = {
    SLICE("Cookie"),
    SLICE("OpenAI-Organization"),
    SLICE("OpenAI-Project"),
    SLICE("X-Forwarded-User"),
    SLICE("X-Forwarded-Email"),
    SLICE("X-Forwarded-Groups"),
    SLICE("X-Forwarded-Preferred-Username"),
    SLICE("X-Forwarded-Client-Cert"),
    SLICE("X-Auth-Request-User"),
    SLICE("X-Auth-Request-Email"),
    SLICE("X-Auth-Request-Groups"),
    SLICE("Remote-User"),
    SLICE("X-Remote-User"),
    SLICE("Cf-Access-Client-Id"),
    SLICE("X-Amzn-Oidc-Data"),
    SLICE("X-Amzn-Oidc-Identity"),
    SLICE("X-Ms-Client-Principal"),
    SLICE("X-Ms-Client-Principal-Id"),
    SLICE("X-Goog-Authenticated-User-Email"),
    SLICE("X-Authentik-Username"),
    SLICE("X-Authenticated-Userid"),
    SLICE("X-Consumer-Id"),
    SLICE("X-Consumer-Custom-Id"),
    SLICE("X-Consumer-Username"),
    SLICE("X-Consumer-Groups"),
    SLICE("X-Credential-Identifier"),
    SLICE("X-Tenant-Id"),
    SLICE("X-Org-Id"),
    SLICE("X-Scope-OrgID"),
    SLICE("X-User-Id"),
    SLICE("X-OpenWebUI-User-Id"),
    SLICE("X-Bf-Vk"),
    SLICE("X-Goog-User-Project"),
    SLICE("X-Hf-Bill-To"),
};

/* A field whose name ends so carries a credential, whichever server has thought of it:
 * Authorization and Cf-Aig-Authorization, X-Api-Key, X-License-Key, X-Auth-Token, Helicone-Auth ...
 */
static const struct slice endings[] = {
    SLICE("Authorization"), SLICE("Auth"),	  SLICE("Key"),		SLICE("Secret"),
    SLICE("Token"),	    SLICE("Credential"),  SLICE("Password"),	SLICE("Jwt"),
    SLICE("Assertion"),	    SLICE("Client-Cert"), SLICE("Client-S-Dn"), SLICE("Client-Dn"),
};

/* Keys of something else. */
static const struct slice other_keys[] = {
    SLICE("Idempotency-Key"),
    SLICE("Cache-Key"),
    SLICE("Routing-Key"),
    SLICE("Sec-WebSocket-Key"),
};

/* What else shapes the answer: content type (vLLM refuses all but JSON, llama.cpp none), the
 * versions that Anthropic and OpenAI let clients choose, vLLM's load report, what Azure does with
 * parameters it does not know, and what HTTP has to ask for another kind of answer (RFC 7240). */
static const struct slice shaping[] = {
    SLICE("Content-Type"),
    SLICE("Anthropic-Version"),
    SLICE("Anthropic-Beta"),
    SLICE("OpenAI-Beta"),
    SLICE("Endpoint-Load-Metrics-Format"),
    SLICE("Extra-Parameters"),
    SLICE("Prefer"),
    SLICE("X-HTTP-Method-Override"),
};

/* A field whose name ends so chooses who answers, whichever gateway has thought of it:
 * azureml-model-deployment, X-Gateway-Model-Name, x-portkey-provider, Helicone-Target-Url ... */
static const struct slice choosing[] = {
    SLICE("Model"),	 SLICE("Model-Name"), SLICE("Model-Id"), SLICE("Model-Override"),
    SLICE("Deployment"), SLICE("Provider"),   SLICE("Adapter"),	 SLICE("Lora"),
    SLICE("Variant"),	 SLICE("Target-Url"), SLICE("Host-Url"), SLICE("Custom-Host"),
    SLICE("Component"),	 SLICE("Config"),
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

/* As gateways see it that make variables of names: _ is a hyphen, too. */
static char plain_letter(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c == '_' ? '-' : c;
}

/* From behind, where names of one kind differ less than those of different kinds. */
static bool ends_with(struct slice name, struct slice end)
{
	if (name.len < end.len)
		return false;
	const char *at = name.at + (name.len - end.len);
	size_t i = end.len;
	while (i > 0 && plain_letter(at[i - 1]) == plain_letter(end.at[i - 1]))
		i--;
	return i == 0;
}

static bool is_among(struct slice name, const struct slice *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (name.len == names[i].len && ends_with(name, names[i]))
			return true;
	return false;
}

static bool ends_among(struct slice name, const struct slice *ends, size_t count)
{
	/* Most differ in their last letter: every header of every request is looked at. */
	char last = name.len ? plain_letter(name.at[name.len - 1]) : 0;
	for (size_t i = 0; i < count; i++)
		if ((ends[i].at[ends[i].len - 1] | 0x20) == last && ends_with(name, ends[i]))
			return true;
	return false;
}

bool scope_tells_who(struct slice name)
{
	return (ends_among(name, endings, COUNT(endings)) &&
		!ends_among(name, other_keys, COUNT(other_keys))) ||
	       is_among(name, identities, COUNT(identities));
}

static bool chooses_who_answers(struct slice name)
{
	return ends_among(name, choosing, COUNT(choosing));
}

bool scope_counts(struct slice name)
{
	return is_among(name, shaping, COUNT(shaping)) || chooses_who_answers(name) ||
	       scope_tells_who(name);
}

/* Name and value, in the order in which they came. */
static bool append_who(struct buf *out, const struct field *f)
{
	if (!append_part(out, f->name) || !append_part(out, f->value))
		return false;
	char *name = out->at + out->len - f->value.len - sizeof(uint64_t) - f->name.len;
	for (size_t i = 0; i < f->name.len; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	return true;
}

/* Each behind a mark, since nobody says how many there are. */
static bool append_choices(struct buf *out, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		if (chooses_who_answers(f->name) && !field_is_hop_by_hop(fields, f->name) &&
		    (!buf_append_byte(out, '+') || !append_who(out, f)))
			return false;
	}
	return true;
}

/* Room for all fields, so that no part of a credential is left where a buffer would have grown. */
static struct buf make_plain(const struct fields *fields)
{
	size_t most = 1;
	for (size_t i = 0; i < fields->count; i++)
		most += 2 * sizeof(uint64_t) + fields->at[i].name.len + fields->at[i].value.len;
	return buf_make(most);
}

/* The tenant, and a keyed hash of what tells who asks and goes on to the upstream. A key of ours
 * does not. */
static bool append_tenant(struct slice tenant, const struct fields *fields, struct namer *namer,
			  struct buf *out)
{
	struct buf plain = make_plain(fields);
	if (!buf_reserve(&plain, plain.limit))
		return false;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		bool ours = tenant.len && field_is_api_key(f->name);
		if (!ours && scope_tells_who(f->name) && !field_is_hop_by_hop(fields, f->name))
			ensure(append_who(&plain, f));
	}
	uint8_t hash[32];
	namer_conceal(namer, buf_slice(&plain), hash);
	explicit_bzero(plain.at, plain.len);
	buf_finish(&plain);
	return append_part(out, tenant) && buf_append(out, hash, sizeof hash);
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
		if (!route->form || !slice_is(shaping[i], "Content-Type"))
			fine = append_fields(out, route->fields, shaping[i]);
	char who = options->everyone ? 'e' : options->tenant.len ? 't' : 'c';
	if (!fine || !append_choices(out, route->fields) || !buf_append_byte(out, who))
		return false;
	return options->everyone || append_tenant(options->tenant, route->fields, namer, out);
}
