/* A main function for a harness without a fuzzer: replays the files of a directory, in the order of
 * their names, and reports in TAP. A property that does not hold aborts; the last line on standard
 * error then says in which file. */
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 64 << 20 };

static int is_plain_name(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return false;
	char part[4096];
	bool fine = true;
	size_t len;
	while (fine && (len = fread(part, 1, sizeof(part), file)) > 0)
		fine = buf_append(out, part, len);
	fine = fine && !ferror(file);
	fclose(file);
	return fine;
}

/* The harness gets bytes of exactly the file's length, so that the sanitizers see a read past the
 * end. */
static void replay(const char *folder, const char *name, int number)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	struct buf bytes = buf_make(LIMIT);
	if (!read_file(path, &bytes)) {
		printf("not ok %d - %s: cannot be read\n", number, name);
		buf_finish(&bytes);
		return;
	}
	fprintf(stderr, "%s\n", path);
	uint8_t *exact = malloc(bytes.len ? bytes.len : 1);
	if (bytes.len)
		memcpy(exact, bytes.at, bytes.len);
	LLVMFuzzerTestOneInput(exact, bytes.len);
	printf("ok %d - %s\n", number, name);
	fflush(stdout);
	free(exact);
	buf_finish(&bytes);
}

int main(int argc, char **argv)
{
	struct dirent **files;
	int count = argc == 2 ? scandir(argv[1], &files, is_plain_name, alphasort) : -1;
	if (count <= 0) {
		fprintf(stderr, "usage: %s FOLDER, with files in it\n", argv[0]);
		return EXIT_FAILURE;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		replay(argv[1], files[i]->d_name, i + 1);
		free(files[i]);
	}
	free(files);
	return EXIT_SUCCESS;
}
