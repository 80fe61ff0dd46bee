/* A scripted model server: one thread that takes the steps of a list in order. It has one
 * connection at a time; accepting a new one closes the previous one.
 *
 * Threads: one test thread, which may read a recorded request once its SCRIPT_READ is done
 * (scripted_steps). */
#pragma once

#include "base/slice.h"

#include <stddef.h>

enum script_step {
	SCRIPT_END = 0,	      /* closes the connection; the last step */
	SCRIPT_ACCEPT,	      /* waits for a connection */
	SCRIPT_ACCEPT_ACTIVE, /* waits for a connection with input */
	SCRIPT_READ,	      /* reads and records one request with its body */
	SCRIPT_SEND,	      /* sends the text; done once the client's kernel has it */
	SCRIPT_FLOOD,	      /* sends `count` bytes of pattern.h as fast as they are taken */
	SCRIPT_AWAIT,	      /* waits for scripted_go */
	SCRIPT_CLOSE,	      /* closes the connection */
	SCRIPT_RESET,	      /* closes it with a reset */
	SCRIPT_SEE_END,	      /* waits until the client has closed it */
};

struct script {
	enum script_step step;
	const char *text;
	size_t count;
};

struct scripted;

/* Starts to listen, on a unix socket or on 127.0.0.1, and to take steps. Copies the list, but not
 * its texts. Any wait of more than ten seconds aborts the test. */
struct scripted *scripted_start(const struct script *script, bool unix_socket);

/* Waits for the end of the script and frees it. */
void scripted_finish(struct scripted **s);

/* The URL for an upstream. */
const char *scripted_url(const struct scripted *s);

/* Ends the current or next SCRIPT_AWAIT. */
void scripted_go(struct scripted *s);

/* The number of completed steps. */
size_t scripted_steps(struct scripted *s);

/* Blocks until `steps` steps are completed. */
void scripted_reach(struct scripted *s, size_t steps);

/* A recorded request as received, head and body. Its SCRIPT_READ must be completed. */
const char *scripted_request(struct scripted *s, size_t index);
