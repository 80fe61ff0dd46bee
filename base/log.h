/* Log lines: one for each event, written to standard error with one write(2).
 *
 * A file that logs defines LOG_MODULE, as in `#define LOG_MODULE "worker"`, before it includes this
 * header. Messages give details as key=value. Levels: error = an operator must act; warn =
 * something failed and Reprise continued without it, as the message says; info = lifecycle; debug =
 * for development. Never log a prompt, a completion or a credential.
 *
 * Threads: any; log_setup only while there is one thread. */
#pragma once

#include "base/own.h"
#include "base/slice.h"

#include <stdint.h>

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

enum log_format {
	LOG_TEXT,
	LOG_JSON,
};

void log_setup(enum log_level level, enum log_format format);

/* The current format, for callers that write their own lines (the access log). */
enum log_format log_format(void);

/* Drops lines above the current level. Cuts a line at 2 KiB. Replaces control bytes in the message
 * by escapes (JSON) or question marks (text), so that it cannot forge a second line. */
void log_write(enum log_level level, const char *module, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(...) log_write(LOG_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, LOG_MODULE, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, LOG_MODULE, __VA_ARGS__)

/* Writes "2026-11-20T19:48:01.123Z" for a wall clock time in ms; `at` holds LOG_TIME bytes. */
enum { LOG_TIME = 25 };
void log_time(int64_t wall_ms, char *at);

/* Copies s to `at` (room bytes, NUL included) as the inside of a JSON string, with quotes,
 * backslashes, control bytes and bytes outside ASCII escaped. Cuts text that does not fit. Returns
 * the length. */
size_t log_escape(struct slice s, char *at, size_t room);
