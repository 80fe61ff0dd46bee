// Anthropic's client (README.md).
//
//   node anthropic.mjs REPRISE      the path of the binary
import { Bench, testForms } from './bench.mjs';
import { gatherMessage } from './gather.mjs';
import { skipAll } from './tap.mjs';

const Anthropic = await import('@anthropic-ai/sdk').then(
    (module) => module.default,
    () => skipAll('the @anthropic-ai/sdk package is not installed (npm ci)'),
);

function makeClient({ baseURL, fetch }) {
    return new Anthropic({ baseURL, apiKey: 'sk-one', maxRetries: 0, fetch });
}

// vLLM's streams leave out what is the same of each message; those that are made of a plain answer
// do not.
function meaningOf({ type, role, ...message }) {
    return message.model.startsWith('vllm') ? message : { type, role, ...message };
}

async function receive(promise) {
    const data = await promise;
    return { data, meaning: meaningOf(data) };
}

async function receiveAll(promise) {
    const data = [];
    for await (const event of await promise) data.push(event);
    return { data, meaning: meaningOf(gatherMessage(data)) };
}

// Of the client's messages, or of its beta's, which have another path.
function formsOf(more, beta) {
    const messages = (client) => (beta ? client.beta : client).messages;
    const ask = (prompt) =>
        ({ max_tokens: 2048, messages: [{ role: 'user', content: prompt }], ...more });
    return {
        plain: (client, prompt) => receive(messages(client).create(ask(prompt))),
        streamed: (client, prompt) =>
            receiveAll(messages(client).create({ ...ask(prompt), stream: true })),
        helped: (client, prompt) => receive(messages(client).stream(ask(prompt)).finalMessage()),
    };
}

const tools = [{
    name: 'look_up',
    input_schema: { type: 'object', properties: { place: { type: 'string' } } },
}];
const thinking = { type: 'enabled', budget_tokens: 1024 };

const bench = await Bench.start(process.argv[2], makeClient);

for (const shape of ['anthropic', 'vllm', 'llama']) {
    const model = `${shape}-1`;
    testForms(bench, `${shape} message`, formsOf({ model }));
    // Of no text vLLM makes no block where it streams.
    if (shape !== 'vllm')
        testForms(bench, `${shape} message without a word`,
            formsOf({ model: `${shape}-silent-1` }));
    testForms(bench, `${shape} message with tools`, formsOf({ model, tools }));
    testForms(bench, `${shape} message with thinking`, formsOf({ model, thinking }));
    testForms(bench, `${shape} message with tools and thinking`,
        formsOf({ model, tools, thinking }));
}
testForms(bench, 'anthropic message of the beta', formsOf({ model: 'anthropic-1' }, true));
testForms(bench, 'anthropic message with citations', formsOf({ model: 'anthropic-cited-1' }));

await bench.run();
