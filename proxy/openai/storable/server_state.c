#include "proxy/openai/storable/server_state.h"

#include "proxy/openai/storable/cjson_view.h"

#define IS_TYPE(object, names) is_type(object, names, sizeof(names) / sizeof *(names))

static bool is_type(const cJSON *object, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cjson_view_is(object, "type", names[i]))
			return true;
	return false;
}

static bool is_filled(const cJSON *value)
{
	return (cJSON_IsArray(value) || cJSON_IsObject(value)) && value->child;
}

/* Citations of addresses and files: url_citation, file_citation, container_file_citation,
 * file_path; Anthropic's web_search_result_location. Anthropic's other locations refer to documents
 * of the request, and so do OpenRouter's annotations of type `file`. */
static bool is_citation(const cJSON *citation)
{
	static const char *const types[] = {"file_path", "web_search_result_location"};
	return cjson_view_ends(citation, "type", "_citation") || IS_TYPE(citation, types);
}

static bool cites(const cJSON *object)
{
	static const char *const lists[] = {"annotations", "citations"};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const cJSON *citation;
		cJSON_ArrayForEach (citation, cjson_view_member(object, lists[i]))
			if (is_citation(citation))
				return true;
	}
	return is_citation(cjson_view_member(object, "annotation")) ||
	       is_citation(cjson_view_member(object, "citation"));
}

/* Whether the item is a message, reasoning or a call that the client runs. Other calls were run by
 * the server, and their results are part of the response. */
static bool is_own_item(const cJSON *item)
{
	static const char *const types[] = {
	    "message",		"reasoning",	    "compaction",
	    "function_call",	"custom_tool_call", "shell_call",
	    "local_shell_call", "apply_patch_call", "computer_call",
	};
	return !cjson_view_member(item, "type") || IS_TYPE(item, types);
}

static bool item_shows(const cJSON *item)
{
	const cJSON *part;
	cJSON_ArrayForEach (part, cjson_view_member(item, "content"))
		if (cites(part))
			return true;
	return !is_own_item(item);
}

static bool response_shows(const cJSON *response)
{
	const cJSON *item;
	cJSON_ArrayForEach (item, cjson_view_member(response, "output"))
		if (item_shows(item))
			return true;
	return false;
}

static bool block_shows(const cJSON *block)
{
	static const char *const types[] = {"text", "thinking", "redacted_thinking", "tool_use",
					    "compaction"};
	return cites(block) || (cjson_view_member(block, "type") && !IS_TYPE(block, types));
}

/* {"web_search_requests": 1, …} */
static bool usage_shows(const cJSON *usage)
{
	const cJSON *count;
	cJSON_ArrayForEach (count, cjson_view_member(usage, "server_tool_use"))
		if (cJSON_IsNumber(count) && count->valuedouble > 0)
			return true;
	return false;
}

/* Anthropic's message, or an event of its stream. */
static bool message_shows(const cJSON *message)
{
	const cJSON *block;
	cJSON_ArrayForEach (block, cjson_view_member(message, "content"))
		if (block_shows(block))
			return true;
	return cjson_view_member(message, "container") ||
	       usage_shows(cjson_view_member(message, "usage"));
}

static bool choice_shows(const cJSON *choice)
{
	static const char *const names[] = {"message", "delta"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const cJSON *message = cjson_view_member(choice, names[i]);
		if (cites(message) || is_filled(cjson_view_member(message, "executed_tools")))
			return true;
	}
	return false;
}

static bool choices_show(const cJSON *root)
{
	const cJSON *choice;
	cJSON_ArrayForEach (choice, cjson_view_member(root, "choices"))
		if (choice_shows(choice))
			return true;
	return is_filled(cjson_view_member(root, "citations")) ||
	       is_filled(cjson_view_member(root, "search_results"));
}

bool server_state_shows(const cJSON *root)
{
	const cJSON *delta = cjson_view_member(root, "delta");
	const cJSON *item = cjson_view_member(root, "item");
	const cJSON *block = cjson_view_member(root, "content_block");
	if (cjson_view_member(root, "choices"))
		return choices_show(root) || usage_shows(cjson_view_member(root, "usage"));
	return response_shows(root) || response_shows(cjson_view_member(root, "response")) ||
	       message_shows(root) || message_shows(cjson_view_member(root, "message")) ||
	       cites(root) || cites(delta) || cjson_view_member(delta, "container") ||
	       (block && block_shows(block)) || (item && item_shows(item));
}
