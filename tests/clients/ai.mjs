// The AI SDK with its provider for servers like ours (README.md).
//
//   node ai.mjs REPRISE      the path of the binary
import assert from 'node:assert/strict';
import { Bench, testForms } from './bench.mjs';
import { skipAll, test } from './tap.mjs';

const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible').catch(
    () => skipAll('the @ai-sdk/openai-compatible package is not installed (npm ci)'),
);
const {
    embedMany, generateObject, generateText, jsonSchema, stepCountIs, streamObject, streamText,
    tool,
} = await import('ai').catch(() => skipAll('the ai package is not installed (npm ci)'));

// Two providers: one asks for the usage of its streams, the other does not.
function makeClient({ baseURL, fetch }) {
    const provide = (includeUsage) => createOpenAICompatible({
        name: 'reprise', baseURL: `${baseURL}/v1`, apiKey: 'sk-one', includeUsage, fetch,
        supportsStructuredOutputs: true,
    });
    return { counting: provide(true), silent: provide(false) };
}

// Of a finished text, or of the promises of a stream's.
async function meaningOf(result) {
    const { id, timestamp, modelId } = await result.response;
    return {
        id, timestamp, modelId,
        text: await result.text,
        reasoning: await result.reasoningText,
        toolCalls: await result.toolCalls,
        finishReason: await result.finishReason,
        usage: await result.totalUsage,
    };
}

async function generate(provider, prompt, { model, kind = 'chatModel', ...more }) {
    const meaning = await meaningOf(
        await generateText({ model: provider[kind](model), prompt, maxRetries: 0, ...more }));
    return { data: meaning, meaning };
}

// What the parts of a stream are, in order; how many deltas follow each other does not count.
function kindsOf(parts) {
    return parts.map(({ type }) => type).filter((type, at, types) => type !== types[at - 1]);
}

async function stream(provider, prompt, { model, kind = 'chatModel', ...more }) {
    const result = streamText({ model: provider[kind](model), prompt, maxRetries: 0, ...more });
    const parts = [];
    for await (const part of result.fullStream) parts.push(part);
    const meaning = { ...await meaningOf(result), kinds: kindsOf(parts) };
    return { data: meaning, meaning };
}

const formsOf = (more) => ({
    generateText: (client, prompt) => generate(client.counting, prompt, more),
    streamText: (client, prompt) => stream(client.counting, prompt, more),
    'streamText without usage': (client, prompt) => stream(client.silent, prompt, more),
});

const schema = jsonSchema({ type: 'object', properties: { city: { type: 'string' } } });

function objectForms(model) {
    const ask = (client, prompt) =>
        ({ model: client.counting(model), prompt, schema, maxRetries: 0 });
    const receive = async (result) => {
        const meaning = {
            object: await result.object, finishReason: await result.finishReason,
            usage: await result.usage,
        };
        return { data: meaning, meaning };
    };
    return {
        generateObject: async (client, prompt) =>
            receive(await generateObject(ask(client, prompt))),
        streamObject: async (client, prompt) => {
            const result = streamObject(ask(client, prompt));
            for await (const _ of result.partialObjectStream);
            return receive(result);
        },
    };
}

const inputSchema = jsonSchema({
    type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer' } },
});
const tools = { look_up: tool({ inputSchema }) };

const bench = await Bench.start(process.argv[2], makeClient);

for (const shape of ['openai', 'vllm', 'llama']) {
    const model = `${shape}-1`;
    testForms(bench, `${shape} text`, formsOf({ model }));
    testForms(bench, `${shape} text with tools`, formsOf({ model, tools }));
    testForms(bench, `${shape} completion`, formsOf({ model, kind: 'completionModel' }));
    testForms(bench, `${shape} object`, objectForms(model));
    if (shape !== 'openai')
        testForms(bench, `${shape} text with reasoning`,
            formsOf({ model, providerOptions: { reprise: { reasoningEffort: 'low' } } }));
    testForms(bench, `${shape} embeddings`, {
        embedMany: async (client, prompt) => {
            const { embeddings } = await embedMany({
                model: client.counting.embeddingModel(model),
                values: [prompt, `${prompt}!`, prompt],
                maxRetries: 0,
            });
            // Float32, which its decimals may spell in more than one way.
            const vectors = embeddings.map((vector) => vector.map(Math.fround));
            return { data: vectors, meaning: vectors };
        },
    }, { saved: /^prompt=\d+$/ });
}

test('a loop over tools is asked step by step, once', async () => {
    const more = {
        model: 'openai-1',
        tools: { look_up: tool({ inputSchema, execute: ({ place }) => `rain in ${place}` }) },
        stopWhen: stepCountIs(2),
    };
    const own = await generate(bench.direct.counting, 'loop', more);
    const bodies = await bench.bodies(async () => {
        for (const form of [generate, stream, generate]) {
            const { meaning: { kinds: _, ...meaning } } = await form(
                bench.cached.counting, 'loop', more);
            assert.deepEqual(meaning, own.meaning);
        }
    });
    assert.equal(bodies.length, 2);
});

await bench.run();
