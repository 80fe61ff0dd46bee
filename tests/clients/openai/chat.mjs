// chat.completions: as data, as events, and through the helpers.
import { testForms } from '../bench.mjs';
import { gatherChunks } from '../gather.mjs';
import { counting, receive, receiveAll, streaming } from './receive.mjs';

// All the ways to ask for a chat completion.
function formsOf(more) {
    const chat = (prompt) => ({ messages: [{ role: 'user', content: prompt }], ...more });
    return {
        plain: (client, prompt) => receive(client.chat.completions.create(chat(prompt))),
        streamed: (client, prompt) => receiveAll(
            client.chat.completions.create({ ...chat(prompt), ...streaming }), gatherChunks),
        counted: (client, prompt) => receiveAll(
            client.chat.completions.create({ ...chat(prompt), ...counting }), gatherChunks),
        parsed: (client, prompt) => receive(client.chat.completions.parse(chat(prompt))),
        helped: (client, prompt) =>
            receive(client.chat.completions.stream(chat(prompt)).finalChatCompletion()),
        'helped and counted': (client, prompt) => receive(client.chat.completions.stream(
            { ...chat(prompt), stream_options: { include_usage: true } }).finalChatCompletion()),
    };
}

const parameters = {
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: 'integer' } },
    required: ['place', 'days'],
    additionalProperties: false,
};
const tools = [{ type: 'function', function: { name: 'look_up', parameters, strict: true } }];
const response_format = {
    type: 'json_schema',
    json_schema: {
        name: 'trip', strict: true,
        schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
};

const helped = ['helped', 'helped and counted'];

export function testChat(bench) {
    for (const shape of ['openai', 'vllm', 'llama']) {
        const model = `${shape}-1`;
        const ask = (question, more, without = []) => {
            const forms = formsOf({ model, ...more });
            for (const form of without) delete forms[form];
            testForms(bench, `${shape} ${question}`, forms);
        };
        ask('chat', {});
        if (shape === 'openai') {
            ask('chat that is refused', { model: 'openai-refusing-1' });
            ask('chat with annotations', { model: 'openai-cited-1' });
        }
        // Of what it does not know, here and below, the helper keeps only what came last: it means
        // what it is cut to.
        if (shape === 'vllm') ask('chat with token ids', { return_token_ids: true }, helped);
        // Of what was cut, the helpers parse nothing.
        ask('chat cut by its own limit', { max_tokens: 7 },
            ['parsed', ...helped]);
        ask('chat with tools', { tools });
        ask('chat with a text before its tools', { model: `${shape}-talking-1`, tools });
        ask('chat without a word', { model: `${shape}-silent-1` });
        ask('chat with a schema', { response_format });
        ask('chat with logprobs', { logprobs: true, top_logprobs: 2 });
        // llama.cpp counts one choice in the plain answer and each in a stream: neither form
        // tells what the other would.
        ask('chat with two choices', { n: 2, seed: 1 },
            shape === 'llama' ? ['counted', 'helped and counted'] : []);
        if (shape === 'openai') continue;
        ask('chat with reasoning', { reasoning_effort: 'low' }, helped);
        ask('chat with reasoning and tools', { reasoning_effort: 'low', tools }, helped);
    }
}
