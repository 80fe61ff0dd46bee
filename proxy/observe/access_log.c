#include "proxy/observe/access_log.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <unistd.h>

/* A busy worker gathers a few hundred lines of 200 bytes in a turn; a full buffer is written
 * early. */
enum { GATHERED = 256 << 10, PATH_SHOWN = 512 };

void access_log_init(struct access_log *log, bool on)
{
	*log = (struct access_log){.lines = buf_make(GATHERED), .on = on};
}

void access_log_flush(struct access_log *log)
{
	struct slice rest = buf_slice(&log->lines);
	while (rest.len) {
		ssize_t wrote = write(STDERR_FILENO, rest.at, rest.len);
		/* There is nowhere to report that the log cannot be written. */
		if (wrote <= 0)
			break;
		rest = slice_after(rest, (size_t)wrote);
	}
	buf_clear(&log->lines);
}

void access_log_finish(struct access_log *log)
{
	access_log_flush(log);
	buf_finish(&log->lines);
}

static const char text_line[] =
    "%s info  access: method=%s path=%s status=%u cache=%s endpoint=%s verdict=%s tenant=%.*s"
    " bytes_in=%" PRIu64 " bytes_out=%" PRIu64 " first_us=%" PRId64 " total_us=%" PRId64
    " upstream_us=%" PRId64 "\n";

static const char json_line[] =
    "{\"time\":\"%s\",\"level\":\"info\",\"module\":\"access\",\"method\":\"%s\",\"path\":\"%s\","
    "\"status\":%u,\"cache\":\"%s\",\"endpoint\":\"%s\",\"verdict\":\"%s\",\"tenant\":\"%.*s\","
    "\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64 ",\"first_us\":%" PRId64
    ",\"total_us\":%" PRId64 ",\"upstream_us\":%" PRId64 "}\n";

static bool append(struct access_log *log, const struct access *a)
{
	char when[LOG_TIME], method[64], path[PATH_SHOWN];
	log_time(clock_wall_ms(), when);
	log_escape(a->method, method, sizeof method);
	log_escape(a->path, path, sizeof path);
	struct slice tenant = a->tenant.len ? a->tenant : slice_of("-");
	/* Both formats are literals. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return buf_printf(&log->lines, log_format() == LOG_JSON ? json_line : text_line, when,
			  method, path, a->status, a->cache, a->endpoint, a->verdict,
			  SLICE_FMT(tenant), a->bytes_in, a->bytes_out, a->first_us, a->total_us,
			  a->upstream_us);
#pragma GCC diagnostic pop
}

void access_log_add(struct access_log *log, const struct access *a)
{
	if (!log->on || append(log, a))
		return;
	access_log_flush(log);
	if (!append(log, a))
		log_write(LOG_WARN, "access", "a line did not fit, ignoring it");
}
