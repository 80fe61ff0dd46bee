#include "proxy/tools/configuration.h"

#include "base/ensure.h"
#include "config/describe.h"
#include "proxy/http/tls/certificate.h"
#include "proxy/descriptors.h"
#include "proxy/startup.h"
#include "proxy/upstream/upstream.h"

/* Makes the checks of serve on this machine. Notes go to out, the first error to err. */
static bool could_start(struct config *c, struct buf *out, struct buf *err)
{
	struct error_text why = {{0}}, fitted = {{0}}, note = {{0}};
	struct certificate *certificate = NULL;
	struct upstream *upstream = startup_upstream(c, &why);
	bool fine = upstream && startup_certificate(c, &certificate, &why) &&
		    descriptors_fit(c, startup_workers(c), &fitted, &why);
	if (!fine)
		ensure(buf_printf(err, "%s\n", why.text));
	if (fine && startup_notes_url(c, upstream, &note))
		ensure(buf_printf(out, "%s\n", note.text));
	if (fine && *fitted.text)
		ensure(buf_printf(out, "here %s\n", fitted.text));
	certificate_destroy(&certificate);
	upstream_destroy(&upstream);
	return fine;
}

int run_check(const struct command_line *line, struct buf *out, struct buf *err)
{
	if (!line->sources.file) {
		ensure(buf_append_text(err, "reprise: check which file? reprise check FILE\n"));
		return EXIT_REFUSED;
	}
	scoped(config_unref) struct config *config = config_load(&line->sources, err);
	if (!config)
		return EXIT_REFUSED;
	if (!could_start(config, out, err))
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
