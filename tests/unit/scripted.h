/* A scripted model server: one thread that takes the steps of a list, one after the other. It holds
 * one connection at a time; a new one ends the one before.
 *
 * Threads: one test, which reads the records once scripted_steps says that they are there. */
#pragma once

#include "base/slice.h"

#include <stddef.h>

enum script_step {
	SCRIPT_END = 0,	     /* closes the connection; the last step */
	SCRIPT_ACCEPT,	     /* waits for a connection */
	SCRIPT_ACCEPT_ASKER, /* waits for a connection on which something comes */
	SCRIPT_READ,	     /* reads one request, with its body, into the next record */
	SCRIPT_SEND,	     /* sends the text, and is done once the client's kernel has it */
	SCRIPT_FLOOD,	     /* sends so many bytes of the pattern, as fast as they are taken */
	SCRIPT_AWAIT,	     /* waits for scripted_go */
	SCRIPT_CLOSE,	     /* closes the connection */
	SCRIPT_RESET,	     /* closes it with a reset */
	SCRIPT_SEE_END,	     /* waits until the client has closed it */
};

struct script {
	enum script_step step;
	const char *text;
	size_t count;
};

struct scripted;

/* Begins to listen and to take steps. Copies the list, not its texts. unix_socket: on a socket
 * file; else on 127.0.0.1. Every wait in it
 * ends after ten seconds and aborts the test. */
struct scripted *scripted_start(const struct script *script, bool unix_socket);

/* Waits for the script's end. */
void scripted_finish(struct scripted **s);

/* As an upstream's url. */
const char *scripted_url(const struct scripted *s);

/* The next SCRIPT_AWAIT is over, or will be at once. */
void scripted_go(struct scripted *s);

/* How many steps are done. */
size_t scripted_steps(struct scripted *s);

/* Blocks until so many steps are done. */
void scripted_reach(struct scripted *s, size_t steps);

/* A request as it came, head and body. Its SCRIPT_READ is done. */
const char *scripted_request(struct scripted *s, size_t index);
