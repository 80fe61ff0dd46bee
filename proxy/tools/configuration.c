#include "proxy/tools/configuration.h"

#include "base/ensure.h"
#include "config/describe.h"
#include "proxy/http/tls/certificate.h"

/* What only a look into the files can tell. */
static bool certificate_is_good(const struct config *c, struct buf *err)
{
	struct error_text why = {{0}};
	if (!*c->tls.cert)
		return true;
	scoped(certificate_destroy) struct certificate *got =
	    certificate_create(c->tls.cert, c->tls.key, &why);
	if (!got)
		ensure(buf_printf(err, "%s\n", why.text));
	return got != NULL;
}

int run_check(const struct command_line *line, struct buf *out, struct buf *err)
{
	if (!line->sources.file) {
		ensure(buf_append_text(err, "reprise: check which file? reprise check -c FILE\n"));
		return EXIT_REFUSED;
	}
	scoped(config_unref) struct config *config = config_load(&line->sources, err);
	if (!config)
		return EXIT_REFUSED;
	if (!certificate_is_good(config, err))
		return EXIT_REFUSED;
	ensure(buf_printf(out, "%s: fine\n", line->sources.file));
	return EXIT_FINE;
}

int run_config(const struct command_line *line, struct buf *out, struct buf *err)
{
	scoped(config_unref) struct config *config = config_load(&line->sources, err);
	if (!config)
		return EXIT_REFUSED;
	if (!describe_config(config, out)) {
		ensure(buf_append_text(err, "reprise: the configuration is too long to show\n"));
		return EXIT_REFUSED;
	}
	return EXIT_FINE;
}
