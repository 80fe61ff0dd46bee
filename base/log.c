#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Bounds on a line and on the message in it; time, level, module and JSON syntax take the rest. */
enum { LINE_BYTES = 2048, TEXT_BYTES = LINE_BYTES - 200 };

static enum log_level current_level = LOG_INFO;
static enum log_format current_format = LOG_TEXT;

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARN] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

void log_setup(enum log_level level, enum log_format format)
{
	current_level = level;
	current_format = format;
}

enum log_format log_format(void)
{
	return current_format;
}

void log_time(int64_t wall_ms, char *at)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm t;
	gmtime_r(&seconds, &t);
	size_t len = strftime(at, LOG_TIME, "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(at + len, LOG_TIME - len, ".%03uZ", (unsigned)(wall_ms % 1000) % 1000u);
}

size_t log_escape(struct slice s, char *at, size_t room)
{
	size_t len = 0;
	for (size_t i = 0; i < s.len && len + 7 < room; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c == '"' || c == '\\') {
			at[len++] = '\\';
			at[len++] = (char)c;
		} else if (c < 0x20 || c >= 0x7f) {
			len += (size_t)snprintf(at + len, room - len, "\\u%04x", c);
		} else {
			at[len++] = (char)c;
		}
	}
	at[len] = 0;
	return len;
}

/* Keeps an event on one line, whatever an upstream or a library put into the text. */
static void mask_controls(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

static int compose(char *line, const char *level, const char *module, char *text)
{
	char when[LOG_TIME];
	log_time(clock_wall_ms(), when);
	char escaped[TEXT_BYTES];
	if (current_format == LOG_TEXT) {
		mask_controls(text);
		return snprintf(line, LINE_BYTES, "%s %-5s %s: %s\n", when, level, module, text);
	}
	log_escape(slice_of(text), escaped, sizeof escaped);
	return snprintf(line, LINE_BYTES,
			"{\"time\":\"%s\",\"level\":\"%s\",\"module\":\"%s\",\"message\":\"%s\"}\n",
			when, level, module, escaped);
}

void log_write(enum log_level level, const char *module, const char *format, ...)
{
	if (level > current_level)
		return;
	char text[TEXT_BYTES];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	char line[LINE_BYTES];
	int len = compose(line, level_names[level], module, text);
	if (len >= LINE_BYTES)
		len = LINE_BYTES - 1;
	/* There is nowhere to report that the log cannot be written. */
	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}
