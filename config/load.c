#include "config/load.h"

#include "base/ensure.h"
#include "config/assign.h"
#include "config/consistency.h"
#include "config/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { FILE_BYTES = 1024 * 1024, FILE_USUAL = 64 * 1024 };

struct load {
	struct config *config;
	const struct config_sources *sources;
	struct error_list errors;
};

/* A variable that was read from a file ends with a newline. */
static struct slice trim(const char *text)
{
	text += strspn(text, " \t\r\n");
	size_t len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	return slice_make(text, len);
}

static bool must_not_be_empty(const struct option *o)
{
	return !option_is_list(o) && o->kind != OPTION_TEXT && o->kind != OPTION_ADDRESS;
}

static bool ends_with(struct slice text, char first, char last)
{
	return text.len > 1 && text.at[0] == first && text.at[text.len - 1] == last;
}

/* Whether a value is YAML as in the file: a list in brackets or of lines with dashes, or a text in
 * quotes. An address to listen on may begin with a bracket, too. */
static bool is_yaml(const struct option *o, struct slice text)
{
	bool list = option_is_list(o) && text.len && text.at[0] == '[' &&
		    (o->kind != OPTION_LISTEN || ends_with(text, '[', ']'));
	bool items = option_is_list(o) && slice_starts(text, slice_of("- "));
	return o->kind == OPTION_RULES || list || items || ends_with(text, '"', '"') ||
	       ends_with(text, '\'', '\'');
}

static struct node *read_text(const struct option *o, struct slice text)
{
	if (!option_is_list(o))
		return node_create_text(text, 0);
	scoped(buf_finish) struct buf copy = buf_make(text.len + 1);
	ensure(buf_append_slice(&copy, text) && buf_append_byte(&copy, 0));
	return node_create_list(copy.at);
}

/* Assigns a value from a source other than the file. Accepts what `reprise config` prints. */
static void assign_text(struct load *l, const struct option *o, const char *text,
			const char *source)
{
	struct slice trimmed = trim(text);
	if (trimmed.len == 0 && must_not_be_empty(o)) {
		error_list_add(&l->errors, (struct place){.source = source},
			       "is empty: %s, or not there at all", o->permitted);
		return;
	}
	bool yaml = is_yaml(o, trimmed);
	struct source from = {.name = source, .is_yaml = yaml};
	scoped(node_destroy) struct node *n =
	    yaml ? yaml_read_value(source, text, &l->errors) : read_text(o, trimmed);
	if (n)
		assign(l->config, o, n, &from, &l->errors);
}

static void load_defaults(struct load *l)
{
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		assign_text(l, &options[i], options[i].fallback, "default");
	ensure(l->errors.count == 0);
}

/* ## The file */

static bool read_all(int fd, struct buf *to)
{
	ssize_t got;
	/* Growing the buffer would leave secrets in freed memory. */
	ensure(buf_reserve(to, FILE_USUAL));
	do {
		if (!buf_reserve(to, 4096)) {
			errno = EFBIG;
			return false;
		}
		got = read(fd, to->at + to->len, to->cap - to->len);
		if (got > 0)
			to->len += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got == 0;
}

static bool read_file(struct load *l, struct buf *to)
{
	struct place place = {.source = l->sources->file};
	int fd = open(l->sources->file, O_RDONLY | O_CLOEXEC);
	bool fine = fd >= 0 && read_all(fd, to);
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (!fine)
		error_list_add(&l->errors, place, "cannot be read: %s", strerror(error));
	return fine;
}

static void load_mapping(struct load *l, const struct node *mapping, const char *prefix,
			 const struct source *from);

/* A group may be empty, with all its options commented out. */
static void load_group(struct load *l, const struct node *n, const char *path,
		       const struct source *from)
{
	char prefix[OPTION_NAME], question[OPTION_QUESTION];
	snprintf(prefix, sizeof prefix, "%s.", path);
	if (n->kind == NODE_MAPPING)
		load_mapping(l, n, prefix, from);
	else if (!n->absent)
		error_list_add(&l->errors, source_place(from, n, path),
			       "is a group of options and should be a mapping, name: value with a "
			       "blank behind the colon%s",
			       option_question(path, question, sizeof question));
}

/* Whether the file has set the option before, as with both `cache: {ttl: 1h}` and `cache.ttl: 1h`.
 * Writes the line to `at`. */
static bool set_in_line(const struct load *l, const struct option *o, const struct source *from,
			char *at, size_t room)
{
	const char *origin = option_origin(l->config, o);
	size_t len = strlen(from->name);
	if (strncmp(origin, from->name, len) != 0 || origin[len] != ':')
		return false;
	snprintf(at, room, "line %s", origin + len + 1);
	return true;
}

static void load_member(struct load *l, const struct node *n, const char *path,
			const struct source *from)
{
	char question[OPTION_QUESTION], other[64];
	const struct option *o = option_find(path);
	if (o && set_in_line(l, o, from, other, sizeof other))
		error_list_add(&l->errors, source_place(from, n, path), "is already set in %s",
			       other);
	else if (o)
		assign(l->config, o, n, from, &l->errors);
	else if (option_group_find(path))
		load_group(l, n, path, from);
	else
		error_list_add(&l->errors, source_place(from, n, path), "no such option%s",
			       option_question(path, question, sizeof question));
}

static void load_mapping(struct load *l, const struct node *mapping, const char *prefix,
			 const struct source *from)
{
	node_each (n, mapping) {
		char path[256];
		snprintf(path, sizeof path, "%s%s", prefix, n->key);
		const struct node *first = node_child(mapping, n->key);
		if (!*n->key)
			error_list_add(&l->errors, source_place(from, n, NULL),
				       "an empty name of an option");
		else if (first == n)
			load_member(l, n, path, from);
		else
			error_list_add(&l->errors, source_place(from, n, path),
				       "is already set in line %u", first->line);
	}
}

static void load_file(struct load *l)
{
	const struct config_sources *s = l->sources;
	if (!s->file)
		return;
	scoped(buf_finish) struct buf contents = buf_make(FILE_BYTES + 4096);
	if (!s->text.at && !read_file(l, &contents))
		return;
	struct slice text = s->text.at ? s->text : buf_slice(&contents);
	if (text.len > FILE_BYTES) {
		error_list_add(&l->errors, (struct place){.source = s->file},
			       "is larger than 1 MiB");
		return;
	}
	scoped(node_destroy) struct node *root = yaml_read(s->file, text, &l->errors);
	static char *const no_variables[] = {NULL};
	struct source from = {
	    .name = s->file,
	    .is_file = true,
	    .environment = s->environment ? s->environment : no_variables,
	};
	if (root)
		load_mapping(l, root, "", &from);
	if (contents.at)
		explicit_bzero(contents.at, contents.cap); /* it may contain secrets */
}

/* ## The environment */

static const struct option *find_by_environment(const char *name)
{
	char known[OPTION_NAME];
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		if (strcmp(name, option_environment_name(&options[i], known)) == 0)
			return &options[i];
	}
	return NULL;
}

/* Whether Kubernetes set the variable: for a service called reprise, or reprise-eu, it sets
 * REPRISE_SERVICE_HOST, REPRISE_PORT_8080_TCP_ADDR and so on in every container. None of these is
 * the name of an option. */
static bool is_service_link(const char *name, const char *value)
{
	const char *port = strstr(name, "_PORT_");
	size_t len = strlen(name);
	if (find_by_environment(name))
		return false;
	return strstr(name, "_SERVICE_HOST") || strstr(name, "_SERVICE_PORT") ||
	       (port && port[6] >= '0' && port[6] <= '9') ||
	       (len > 5 && strcmp(name + len - 5, "_PORT") == 0 && strstr(value, "://"));
}

static void load_variable(struct load *l, const char *variable)
{
	const char *value = strchr(variable, '=');
	if (!value || strncmp(variable, "REPRISE_", 8) != 0)
		return;
	char name[128], source[160], question[OPTION_QUESTION];
	snprintf(name, sizeof name, "%.*s", (int)(value - variable), variable);
	if (is_service_link(name, value + 1))
		return;
	snprintf(source, sizeof source, "environment %s", name);
	const struct option *o = find_by_environment(name);
	if (o)
		assign_text(l, o, value + 1, source);
	else
		error_list_add(&l->errors, (struct place){.source = source}, "no such option%s",
			       option_environment_question(name, question, sizeof question));
}

static void load_environment(struct load *l)
{
	for (char *const *at = l->sources->environment; at && *at; at++)
		load_variable(l, *at);
}

/* ## The command line */

/* Loads a flag that may be repeated and sets one option, a list. */
static void load_flag(struct load *l, const char *flag, const char *path,
		      const struct config_texts *texts)
{
	if (texts->count == 0)
		return;
	struct source from = {.name = flag};
	scoped(node_destroy) struct node *list = node_create(NODE_LIST, 0);
	for (size_t i = 0; i < texts->count; i++)
		node_add(list, node_create_text(slice_of(texts->items[i]), 0));
	assign(l->config, option_find(path), list, &from, &l->errors);
}

static void load_setting(struct load *l, const char *setting)
{
	char path[128], source[160], question[OPTION_QUESTION];
	const char *value = strchr(setting, '=');
	snprintf(path, sizeof path, "%.*s", value ? (int)(value - setting) : 120, setting);
	snprintf(source, sizeof source, "--set %s", path);
	struct place place = {.source = source};
	const struct option *o = option_find(path);
	if (!*path)
		error_list_add(&l->errors, (struct place){.source = "--set"},
			       "\"%.80s\" names no option: --set path=value", setting);
	else if (!value)
		error_list_add(&l->errors, place, "has no value: --set path=value");
	else if (o)
		assign_text(l, o, value + 1, source);
	else if (option_group_find(path))
		error_list_add(&l->errors, place, "is a group of options: --set %s.name=value%s",
			       path, option_question(path, question, sizeof question));
	else
		error_list_add(&l->errors, place, "no such option%s",
			       option_question(path, question, sizeof question));
}

/* ## All together */

struct config *config_load(const struct config_sources *sources, struct buf *ret_errors)
{
	scoped(config_unref) struct config *c = config_create();
	struct load l = {.config = c, .sources = sources, .errors = {.lines = ret_errors}};
	load_defaults(&l);
	load_file(&l);
	load_environment(&l);
	load_flag(&l, "--listen", "listen", &sources->listen);
	load_flag(&l, "--upstream", "upstreams", &sources->upstream);
	for (size_t i = 0; i < sources->settings.count; i++)
		load_setting(&l, sources->settings.items[i]);
	check_consistency(c, &l.errors);
	error_list_close(&l.errors);
	return l.errors.count == 0 ? take(&c) : NULL;
}
