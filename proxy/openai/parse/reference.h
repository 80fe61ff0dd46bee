/* A reference: what the name of a request's member says of its value, by the words in it. The rules
 * know no products: a member that names something kept elsewhere ends with `id` or stands for one
 * of a few nouns, one that lets the model search has a word for searching in it, and so on.
 *
 * Sources of the words: the request bodies of OpenAI (chat, responses), Anthropic, Gemini, Azure,
 * Bedrock, Mistral, Cohere, xAI, Groq, Perplexity, OpenRouter, Alibaba's Model Studio, Zhipu,
 * LiteLLM, vLLM, SGLang, llama.cpp, text-generation-webui and Open WebUI. Pure; any thread. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/verdict.h"

/* What the words of a member's name say. Several may hold. */
enum {
	NAME_ADDRESS = 1,    /* the value is an address: url, file_uri */
	NAME_MEDIA = 2,	     /* the value holds media: image, input_audio, files */
	NAME_TEXT = 4,	     /* beside media: text about them, never an address: filename, detail */
	NAME_SCHEMA = 8,     /* the value is a schema or a grammar: response_format, guided_json */
	NAME_LABELS = 16,    /* the value labels the request, or is for a template: metadata */
	NAME_MODEL = 32,     /* the value is a model's name, or has some in it: fallback_models */
	NAME_TOOLS = 64,     /* the value is a list of tools: tools, server_tools */
	NAME_MESSAGES = 128, /* the value is what the model is told: messages, input, documents */
	NAME_MEDIUM = 256    /* a text is a medium itself: image, audio, but not image_size */
};

struct reference {
	unsigned meaning;     /* NAME_… */
	enum verdict option;  /* of a value, not off, among the request's parameters; FINE: none */
	enum verdict in_text; /* of a value, not null, inside messages and content parts */
	enum verdict named;   /* of anything on but a number among the parameters: guardrail */
	enum verdict if_true; /* of a true among the parameters: use_history */
	bool harmless;	      /* it says who asks, or traces the request */
	bool negated;	      /* it takes something out: exclude_tools */
	bool off_when_true;   /* the option is off if its value is true: disable_search */
};

/* Takes a member's decoded name. */
struct reference reference_read(struct slice name);

/* The verdict on a model's name: WEB_SEARCH for one that searches whatever the body says,
 * STORED_PROMPT and STORED_OBJECT for a preset or an agent that stands in a model's place. */
enum verdict reference_model(struct slice model);

/* Whether a text is an address of something: it has a scheme (RFC 3986 §3.1) other than `data`
 * (RFC 2397, which carries its bytes along). Text that merely has a colon in it has white space,
 * too, and an address has none unless "//" follows the scheme. */
bool reference_is_address(struct slice text);

/* Whether all of a text is an address with "//" and more behind its scheme. */
bool reference_is_url(struct slice text);

/* Whether a text may be a file's name, a path or an address without a scheme: it has no white
 * space, and has a point or a backslash, which base64 has not, or begins with a slash, as base64
 * does for next to nothing but JPEGs and frames of sound. */
bool reference_is_path(struct slice text);

/* Whether a text begins with "data:", in any case. */
bool reference_is_data(struct slice text);

/* Whether a text in a medium's place is too short to be one, so that it is a name or an id: below
 * 32 bytes, without white space and base64's padding. The smallest GIF takes 36 bytes of base64. */
bool reference_is_name(struct slice text);
