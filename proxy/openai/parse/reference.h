/* Reference: what the words in a member's name tell about its value. The rules are not tied to
 * products: a member that names something stored elsewhere ends with `id` or is one of a few nouns,
 * a member that lets the model search contains a word for searching, and so on.
 *
 * Sources of the words: the request bodies of OpenAI (chat, responses), Anthropic, Gemini, Azure,
 * Bedrock, Mistral, Cohere, xAI, Groq, Perplexity, OpenRouter, Alibaba's Model Studio, Zhipu,
 * LiteLLM, vLLM, SGLang, llama.cpp, text-generation-webui and Open WebUI. Pure; any thread. */
#pragma once

#include "base/slice.h"
#include "proxy/openai/verdict.h"

/* Meanings of a member's name. Several may apply. */
enum {
	NAME_ADDRESS = 1,    /* the value is an address: url, file_uri */
	NAME_MEDIA = 2,	     /* the value holds media: image, input_audio, files */
	NAME_TEXT = 4,	     /* beside media: text about it, never an address: filename, detail */
	NAME_SCHEMA = 8,     /* the value is a schema or a grammar: response_format, guided_json */
	NAME_LABELS = 16,    /* the value labels the request, or is for a template: metadata */
	NAME_MODEL = 32,     /* the value is or contains model names: fallback_models */
	NAME_TOOLS = 64,     /* the value is a list of tools: tools, server_tools */
	NAME_MESSAGES = 128, /* the value is input of the model: messages, input, documents */
	NAME_MEDIUM = 256    /* a string is a medium itself: image, audio, but not image_size */
};

struct reference {
	unsigned meaning;     /* NAME_… */
	enum verdict option;  /* verdict on a parameter whose value is not off; FINE: none */
	enum verdict in_text; /* on a value other than null inside messages and content parts */
	enum verdict named;   /* on a parameter that is on and not a number: guardrail */
	enum verdict if_true; /* on a parameter that is true: use_history */
	bool harmless;	      /* it identifies the user or traces the request */
	bool negated;	      /* it excludes something: exclude_tools */
	bool off_when_true;   /* the option is off if its value is true: disable_search */
};

/* Takes a member's decoded name. */
struct reference reference_read(struct slice name);

/* Returns the verdict on a model's name: WEB_SEARCH for a model that always searches, STORED_PROMPT
 * and STORED_OBJECT for a preset or an agent in place of a model. */
enum verdict reference_model(struct slice model);

/* Whether a text is an address: it has a scheme (RFC 3986 §3.1) other than `data` (RFC 2397, which
 * carries the bytes itself). Prose with a colon contains white space too; an address has none
 * unless "//" follows the scheme. */
bool reference_is_address(struct slice text);

/* Whether the whole text is an address with "//" and more after its scheme. */
bool reference_is_url(struct slice text);

/* Whether a text may be a file's name, a path or an address without a scheme. It has no white
 * space, and it either contains a dot or a backslash, which base64 never does, or begins with a
 * slash, as base64 hardly ever does except for JPEGs and audio frames. */
bool reference_is_path(struct slice text);

/* Whether a text begins with "data:", in any case. */
bool reference_is_data(struct slice text);

/* Whether a text in a medium's place is too short to be one, so that it is a name or an id: below
 * 32 bytes, without white space and without base64's padding. The smallest GIF takes 36 bytes of
 * base64. */
bool reference_is_name(struct slice text);
