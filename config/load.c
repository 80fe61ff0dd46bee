#include "config/load.h"

#include "base/ensure.h"
#include "config/assign.h"
#include "config/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { FILE_BYTES = 1024 * 1024, FILE_USUAL = 64 * 1024 };

struct load {
	struct config *config;
	const struct config_sources *sources;
	struct error_list faults;
};

static struct node *read_text(struct load *l, const struct option *o, const char *text,
			      const char *source)
{
	if (o->kind == OPTION_RULES)
		return yaml_read_value(source, text, &l->faults);
	return option_is_list(o) ? node_create_list(text) : node_create_text(slice_of(text), 0);
}

/* A value from elsewhere than the file. */
static void assign_text(struct load *l, const struct option *o, const char *text,
			const char *source)
{
	struct source from = {.name = source};
	scoped(node_destroy) struct node *n = read_text(l, o, text, source);
	if (n)
		assign(l->config, o, n, &from, &l->faults);
}

static void load_defaults(struct load *l)
{
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		assign_text(l, &options[i], options[i].fallback, "default");
	ensure(l->faults.count == 0);
}

/* ## The file */

static bool read_all(int fd, struct buf *to)
{
	ssize_t got;
	/* No copies of it are left where it would have grown. */
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
		error_list_add(&l->faults, place, "cannot be read: %s", strerror(error));
	return fine;
}

static void load_mapping(struct load *l, const struct node *mapping, const char *prefix,
			 const struct source *from);

/* A group without anything in it, its options all commented out, is fine. */
static void load_group(struct load *l, const struct node *n, const char *path,
		       const struct source *from)
{
	char prefix[OPTION_NAME];
	snprintf(prefix, sizeof prefix, "%s.", path);
	if (n->kind == NODE_MAPPING)
		load_mapping(l, n, prefix, from);
	else if (!n->absent)
		error_list_add(&l->faults, source_place(from, n, path),
			       "is a group of options and should be a mapping");
}

static void load_member(struct load *l, const struct node *n, const char *path,
			const struct source *from)
{
	char question[128];
	const struct option *o = option_find(path);
	if (o)
		assign(l->config, o, n, from, &l->faults);
	else if (option_group_find(path))
		load_group(l, n, path, from);
	else
		error_list_add(&l->faults, source_place(from, n, path), "no such option%s",
			       option_question(path, question, sizeof question));
}

static void load_mapping(struct load *l, const struct node *mapping, const char *prefix,
			 const struct source *from)
{
	node_each (n, mapping) {
		char path[256];
		snprintf(path, sizeof path, "%s%s", prefix, n->key);
		const struct node *first = node_child(mapping, n->key);
		if (first == n)
			load_member(l, n, path, from);
		else
			error_list_add(&l->faults, source_place(from, n, path),
				       "is there already, in line %u", first->line);
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
		error_list_add(&l->faults, (struct place){.source = s->file},
			       "is larger than 1 MiB");
		return;
	}
	scoped(node_destroy) struct node *root = yaml_read(s->file, text, &l->faults);
	static char *const no_variables[] = {NULL};
	struct source from = {
	    .name = s->file,
	    .is_file = true,
	    .environment = s->environment ? s->environment : no_variables,
	};
	if (root)
		load_mapping(l, root, "", &from);
	if (contents.at)
		explicit_bzero(contents.at, contents.cap); /* there may be secrets in it */
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

static void load_variable(struct load *l, const char *variable)
{
	const char *value = strchr(variable, '=');
	if (!value || strncmp(variable, "REPRISE_", 8) != 0)
		return;
	char name[128], source[160], question[128];
	snprintf(name, sizeof name, "%.*s", (int)(value - variable), variable);
	snprintf(source, sizeof source, "environment %s", name);
	const struct option *o = find_by_environment(name);
	if (o)
		assign_text(l, o, value + 1, source);
	else
		error_list_add(&l->faults, (struct place){.source = source}, "no such option%s",
			       option_environment_question(name, question, sizeof question));
}

static void load_environment(struct load *l)
{
	for (char *const *at = l->sources->environment; at && *at; at++)
		load_variable(l, *at);
}

/* ## The command line */

/* A flag that may be given several times, for one option that is a list. */
static void load_flag(struct load *l, const char *flag, const char *path,
		      const struct config_texts *texts)
{
	if (texts->count == 0)
		return;
	struct source from = {.name = flag};
	scoped(node_destroy) struct node *list = node_create(NODE_LIST, 0);
	for (size_t i = 0; i < texts->count; i++)
		node_add(list, node_create_text(slice_of(texts->items[i]), 0));
	assign(l->config, option_find(path), list, &from, &l->faults);
}

static void load_setting(struct load *l, const char *setting)
{
	char path[128], source[160], question[128];
	const char *value = strchr(setting, '=');
	snprintf(path, sizeof path, "%.*s", value ? (int)(value - setting) : 120, setting);
	snprintf(source, sizeof source, "--set %s", path);
	struct place place = {.source = source};
	const struct option *o = option_find(path);
	if (!value)
		error_list_add(&l->faults, place, "has no value: --set path=value");
	else if (o)
		assign_text(l, o, value + 1, source);
	else if (option_group_find(path))
		error_list_add(&l->faults, place, "is a group of options: --set %s.name=value",
			       path);
	else
		error_list_add(&l->faults, place, "no such option%s",
			       option_question(path, question, sizeof question));
}

/* ## All together */

static void refuse(struct load *l, const char *path, const char *text)
{
	const char *origin = option_origin(l->config, option_find(path));
	error_list_add(&l->faults, (struct place){.source = origin, .key = path}, "%s", text);
}

static bool is_default(const struct load *l, const char *path)
{
	return strcmp(option_origin(l->config, option_find(path)), "default") == 0;
}

/* A body and what is made of it to name it have to fit. Of the two limits the one that nobody set
 * gives way. */
static void check_memory(struct load *l)
{
	struct config *c = l->config;
	if (c->limits.body <= c->limits.memory / 2)
		return;
	if (is_default(l, "limits.body"))
		c->limits.body = c->limits.memory / 2;
	else if (is_default(l, "limits.memory"))
		c->limits.memory = 2 * c->limits.body;
	else
		refuse(
		    l, "limits.body",
		    "is more than half of limits.memory, so that no such body could be taken in");
}

static void check_max_entry(struct load *l)
{
	struct config *c = l->config;
	const struct option *o = option_find("cache.max_entry");
	if (c->cache.max_entry <= c->cache.memory)
		return;
	if (is_default(l, o->path))
		c->cache.max_entry = c->cache.memory;
	else
		refuse(l, o->path,
		       "is more than cache.memory, so that no such entry could be kept");
}

static void check_ca_file(struct load *l)
{
	const char *path = l->config->upstream.ca_file;
	if (!*path || access(path, R_OK) == 0)
		return;
	char text[512];
	snprintf(text, sizeof text, "\"%.300s\" cannot be read: %s", path, strerror(errno));
	refuse(l, "upstream.ca_file", text);
}

static void check_tls(struct load *l)
{
	bool cert = *l->config->tls.cert, key = *l->config->tls.key;
	if (cert != key)
		refuse(l, cert ? "tls.key" : "tls.cert",
		       cert ? "has to be there where tls.cert is"
			    : "has to be there where tls.key is");
}

static bool has_name(const struct config_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], name) == 0)
			return true;
	return false;
}

/* One entry answers every wire form, so what asks for one cannot count. */
static void check_count(struct load *l)
{
	const struct config *c = l->config;
	if (has_name(&c->cache.count, "stream") || has_name(&c->cache.count, "stream_options"))
		refuse(l, "cache.count",
		       "names stream or stream_options, which never count: one "
		       "entry answers streams and plain requests");
	for (size_t i = 0; i < c->cache.count.count; i++)
		if (has_name(&c->cache.ignore, c->cache.count.items[i]))
			refuse(l, "cache.count", "names a field that cache.ignore names, too");
}

/* Whoever asks for that wants share: everyone, which also keeps refusals from being shared. */
static void check_ignored_headers(struct load *l)
{
	static const char *const keys[] = {"authorization", "x-api-key", "api-key"};
	const struct config_list *list = &l->config->cache.ignore_headers;
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			if (strcasecmp(list->items[i], keys[k]) == 0)
				refuse(l, "cache.ignore_headers",
				       "names an API key: cache.share: everyone says that whose "
				       "it is does not count");
}

struct config *config_load(const struct config_sources *sources, struct buf *ret_errors)
{
	scoped(config_unref) struct config *c = config_create();
	struct load l = {.config = c, .sources = sources, .faults = {.lines = ret_errors}};
	load_defaults(&l);
	load_file(&l);
	load_environment(&l);
	load_flag(&l, "--listen", "listen", &sources->listen);
	load_flag(&l, "--upstream", "upstreams", &sources->upstream);
	for (size_t i = 0; i < sources->settings.count; i++)
		load_setting(&l, sources->settings.items[i]);
	check_max_entry(&l);
	check_memory(&l);
	check_ca_file(&l);
	check_tls(&l);
	check_count(&l);
	check_ignored_headers(&l);
	error_list_close(&l.faults);
	return l.faults.count == 0 ? take(&c) : NULL;
}
