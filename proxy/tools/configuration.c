#include "proxy/tools/configuration.h"

#include "base/ensure.h"
#include "config/describe.h"

int run_check(const struct command_line *line, struct buf *out, struct buf *err)
{
	if (!line->sources.file) {
		ensure(buf_append_text(err, "reprise: check which file? reprise check -c FILE\n"));
		return EXIT_REFUSED;
	}
	scoped(config_unref) struct config *config = config_load(&line->sources, err);
	if (!config)
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
