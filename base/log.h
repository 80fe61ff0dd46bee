/* Log lines: one event each, written whole with one write(2) to standard error.
 *
 * A file that logs says `#define LOG_MODULE "worker"` before it includes this header. Message texts
 * carry their particulars as key=value. Levels: error = somebody must act; warn = we went on
 * without it, and the line says so; info = lifecycle; debug = for development.
 * Never a prompt, a completion or a credential.
 *
 * Threads: any; log_setup before there is more than one. */
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

/* The format in force, for those who write lines of their own (the access log). */
enum log_format log_format(void);

/* Lines above the level in force are dropped. Too long a line is cut at 2 KiB. Control bytes in it
 * are escaped in JSON and question marks in text, so that nobody's text makes a line of its own. */
void log_write(enum log_level level, const char *module, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(...) log_write(LOG_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, LOG_MODULE, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, LOG_MODULE, __VA_ARGS__)

/* Writes "2026-11-20T19:48:01.123Z" for a wall clock time in ms; `at` holds LOG_TIME bytes. */
enum { LOG_TIME = 25 };
void log_time(int64_t wall_ms, char *at);

/* Copies s to `at` (room bytes, NUL included) as the inside of a JSON string: quotes, backslashes,
 * control bytes and bytes outside ASCII escaped. Too long a text is cut. Returns the length. */
size_t log_escape(struct slice s, char *at, size_t room);
