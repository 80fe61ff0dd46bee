/* Suggests an option for an unknown name. */
#include "config/nearest.h"
#include "config/options.h"

#include <ctype.h>
#include <stdio.h>

static const struct other {
	const char *name;
	const char *first;
	const char *second;
	const char *also;
} others[] = {
#define OTHER(name, first, second, also) {name, first, second, also},
#include "config/other_names.def"
#undef OTHER
};

enum { OTHERS = sizeof others / sizeof others[0], GROUP_NAME = 32 };

/* Writes the name of an option as in the file or as in the environment. */
typedef const char *(*name_writer)(const char *path, char *at);

static const char *write_path(const char *path, char *at)
{
	snprintf(at, OPTION_NAME, "%s", path);
	size_t len = strlen(at);
	if (len && at[len - 1] == '.')
		at[len - 1] = 0;
	return at;
}

static const char *write_variable(const char *path, char *at)
{
	const struct option *o = option_find(path);
	if (o)
		return option_environment_name(o, at);
	snprintf(at, OPTION_NAME, "REPRISE_");
	for (size_t i = 0, len = 8; path[i] && len + 1 < OPTION_NAME; i++) {
		at[len++] = path[i] == '.' ? '_' : (char)toupper((unsigned char)path[i]);
		at[len] = 0;
	}
	return at;
}

/* The part behind the last dot. */
static const char *tail(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot ? dot + 1 : path;
}

/* Converts a name to lower case, with underscores for dashes. */
static void normalize(const char *path, char *at)
{
	size_t i = 0;
	for (; path[i] && i + 1 < OPTION_NAME; i++)
		at[i] = path[i] == '-' ? '_' : (char)tolower((unsigned char)path[i]);
	at[i] = 0;
}

static const struct other *find_other(const char *name)
{
	for (size_t i = 0; i < OTHERS; i++)
		if (strcmp(others[i].name, name) == 0)
			return &others[i];
	return NULL;
}

static const char *put_other(const struct other *o, name_writer write_name, char *at, size_t room)
{
	char first[OPTION_NAME], second[OPTION_NAME];
	if (!o->first) {
		snprintf(at, room, " (%s)", o->also);
		return at;
	}
	write_name(o->first, first);
	if (o->second)
		snprintf(at, room, " (did you mean %s or %s?)", first,
			 write_name(o->second, second));
	else if (o->also)
		snprintf(at, room, " (%s; did you mean %s?)", o->also, first);
	else
		snprintf(at, room, " (did you mean %s?)", first);
	return at;
}

/* Writes the group of path with its dot to `at`, or an empty text if there is no such group. */
static const char *group_of(const char *path, char *at)
{
	size_t len = strcspn(path, ".");
	at[0] = 0;
	if (!path[len] || len + 1 >= GROUP_NAME)
		return at;
	snprintf(at, GROUP_NAME, "%.*s", (int)len, path);
	if (!option_group_find(at))
		at[0] = 0;
	else
		snprintf(at + len, GROUP_NAME - len, ".");
	return at;
}

/* Compares with the options of a group, without the group's name. */
static void offer_group(struct nearest *n, const char *group)
{
	size_t len = strlen(group);
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		if (strncmp(options[i].path, group, len) == 0)
			nearest_offer(n, options[i].path + len, options[i].path);
}

/* Finds an option with this name in any group, or the group with this name. */
static const char *find_tail(const char *name)
{
	const char *found = NULL;
	for (size_t i = 0; i < CONFIG_OPTIONS && !found; i++)
		if (strcmp(tail(options[i].path), name) == 0)
			found = options[i].path;
	return found ? found : option_group_find(name) ? option_group_find(name)->name : NULL;
}

static const char *find_near(const char *path)
{
	char group[GROUP_NAME];
	size_t len = strlen(group_of(path, group));
	struct nearest n = nearest_to(path + len);
	offer_group(&n, group);
	for (size_t i = 0; len == 0 && option_group(i); i++)
		nearest_offer(&n, option_group(i)->name, option_group(i)->name);
	struct nearest by_tail = nearest_to(tail(path));
	for (size_t i = 0; !n.shown && i < CONFIG_OPTIONS; i++)
		nearest_offer(&by_tail, tail(options[i].path), options[i].path);
	return n.shown ? n.shown : by_tail.shown;
}

static const char *question(const char *name, name_writer write_name, char *at, size_t room)
{
	char path[OPTION_NAME], shown[OPTION_NAME];
	normalize(name, path);
	at[0] = 0;
	if (write_name == write_path && option_group_find(path) && !option_group_find(name)) {
		snprintf(at, room, " (did you mean %s?)", path); /* Cache: */
		return at;
	}
	const struct other *other = find_other(path);
	const char *found = option_find(path) ? path : find_tail(tail(path));
	if (!other && !found)
		other = find_other(tail(path));
	if (other)
		return put_other(other, write_name, at, room);
	if (!found)
		found = find_near(path);
	if (found)
		snprintf(at, room, " (did you mean %s?)", write_name(found, shown));
	return at;
}

const char *option_question(const char *path, char *at, size_t room)
{
	at[0] = 0;
	return strlen(path) < OPTION_NAME ? question(path, write_path, at, room) : at;
}

/* Replaces the underscore behind the name of a group by a dot. */
const char *option_environment_question(const char *name, char *at, size_t room)
{
	char path[OPTION_NAME];
	at[0] = 0;
	if (strncmp(name, "REPRISE_", 8) != 0 || strlen(name + 8) >= sizeof path)
		return at;
	normalize(name + 8, path);
	for (size_t i = 0; option_group(i); i++) {
		size_t len = strlen(option_group(i)->name);
		if (strncmp(path, option_group(i)->name, len) != 0 || path[len] != '_')
			continue;
		path[len] = '.';
		break;
	}
	return question(path, write_variable, at, room);
}
