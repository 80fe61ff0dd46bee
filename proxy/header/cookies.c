#include "proxy/header/cookies.h"

#include "base/glob.h"

/* Cookies that choose between equal servers or tell people from robots. Many change with each
 * response, and clients that keep cookies return them. Globs; sources: */
static const struct slice sticky[] = {
    /* AWS: elasticloadbalancing/latest/application/sticky-sessions, and the classic one */
    SLICE("AWSALB"),
    SLICE("AWSALBCORS"),
    SLICE("AWSALBTG"),
    SLICE("AWSALBTGCORS"),
    SLICE("AWSALBAPP-*"),
    SLICE("AWSELB"),
    SLICE("AWSELBCORS"),
    /* Azure: App Service, Application Gateway, Front Door */
    SLICE("ARRAffinity"),
    SLICE("ARRAffinitySameSite"),
    SLICE("ApplicationGatewayAffinity"),
    SLICE("ApplicationGatewayAffinityCORS"),
    SLICE("ASLBSA"),
    SLICE("ASLBSACORS"),
    /* Google: cloud.google.com/load-balancing/docs/backend-service, session affinity */
    SLICE("GCLB"),
    SLICE("GCILB"),
    /* Cloudflare:
     * developers.cloudflare.com/fundamentals/reference/policies-compliances/cloudflare-cookies.
     * Responses of its customers, api.openai.com among them, set __cf_bm and _cfuvid. */
    SLICE("__cflb"),
    SLICE("__cf_bm"),
    SLICE("__cfruid"),
    SLICE("__cfseq"),
    SLICE("_cfuvid"),
    SLICE("cf_clearance"),
    /* F5 BIG-IP, Citrix ADC, HAProxy (its manual's), nginx and ingress-nginx, Apache (mod_proxy's
     * manual's), Oracle Cloud, DigitalOcean, Alibaba Cloud */
    SLICE("BIGipServer*"),
    SLICE("NSC_*"),
    SLICE("citrix_ns_id*"),
    SLICE("SERVERID"),
    SLICE("SRVNAME"),
    SLICE("INGRESSCOOKIE"),
    SLICE("ROUTEID"),
    SLICE("BALANCEID"),
    SLICE("X-Oracle-BMC-LBS-Route"),
    SLICE("DO-LB"),
    SLICE("acw_tc"),
    /* Akamai's and Imperva's bot management */
    SLICE("AKA_A2"),
    SLICE("ak_bmsc"),
    SLICE("bm_sv"),
    SLICE("bm_sz"),
    SLICE("_abck"),
    SLICE("nlbi_*"),
    SLICE("incap_ses_*"),
    SLICE("visid_incap_*"),
};

static bool is_ignored(const struct config_list *more, struct slice name)
{
	if (name.len == 0)
		return false;
	for (size_t i = 0; i < sizeof sticky / sizeof *sticky; i++)
		if (sticky[i].at[0] == name.at[0] && glob_match(sticky[i], name))
			return true;
	for (size_t i = 0; i < more->count; i++)
		if (glob_match(slice_of(more->items[i]), name))
			return true;
	return false;
}

static bool has_odd_quotes(struct slice text)
{
	bool odd = false;
	for (size_t i = 0; i < text.len; i++)
		odd ^= text.at[i] == '"';
	return odd;
}

bool cookies_next(struct cookie_walk *walk, struct cookie *ret_cookie)
{
	while (walk->rest.at) {
		struct slice text = slice_trim(slice_cut(&walk->rest, ';'));
		struct slice value = text, name = slice_trim(slice_cut(&value, '='));
		bool before = walk->quoted;
		walk->quoted ^= has_odd_quotes(text);
		bool outside_quotes = !before && !walk->quoted;
		if (!value.at)
			name.len = 0;
		if (text.len == 0 || (outside_quotes && is_ignored(walk->ignored, name)))
			continue;
		*ret_cookie = (struct cookie){name, text};
		return true;
	}
	return false;
}
