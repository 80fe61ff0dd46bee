#include "config/load.h"
#include "proxy/serve.h"

#include <stdio.h>

extern char **environ;

int main(int argc, char **argv)
{
	struct buf errors = buf_make(1 << 16);
	const char *listen[8], *upstream[8], *set[32];
	size_t l = 0, u = 0, s = 0;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--listen"))
			listen[l++] = argv[i + 1];
		else if (!strcmp(argv[i], "--upstream"))
			upstream[u++] = argv[i + 1];
		else if (!strcmp(argv[i], "--set"))
			set[s++] = argv[i + 1];
	}
	struct config_sources sources = {.environment = environ,
					 .listen = {l, listen},
					 .upstream = {u, upstream},
					 .settings = {s, set}};
	struct config *c = config_load(&sources, &errors);
	if (!c) {
		fprintf(stderr, "%.*s", (int)errors.len, errors.at);
		return 2;
	}
	int status = serve(c);
	config_unref(&c);
	return status;
}
