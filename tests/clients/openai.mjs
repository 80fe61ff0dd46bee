// The official openai client before Reprise: each call twice; the second answer comes from the
// cache and is the first one, down to its id.
//
//   node openai.mjs REPRISE DEMO_MODEL      paths of the two binaries
import assert from 'node:assert/strict';
import { countPosts, startBoth, stopAll } from './server.mjs';
import { runAll, skipAll, test } from './tap.mjs';

const OpenAI = await import('openai').then(
    (module) => module.default,
    () => skipAll('the openai package is not installed (npm ci)'),
);

const [reprise, demoModel] = process.argv.slice(2);
const { proxy, model } = await startBoth(reprise, demoModel);

function clientWith(apiKey) {
    return new OpenAI({ baseURL: `${proxy}/v1`, apiKey, maxRetries: 0 });
}

const client = clientWith('sk-one');

function chat(content, more = {}) {
    return { model: 'demo', messages: [{ role: 'user', content }], ...more };
}

// What a program gets of an answer: its data, or all events of its stream, and the headers.
async function receive(promise) {
    const { data, response } = await promise.withResponse();
    if (!data[Symbol.asyncIterator]) return { data, headers: response.headers };
    const events = [];
    for await (const event of data) events.push(event);
    return { data: events, headers: response.headers };
}

async function postsDuring(run) {
    const before = await countPosts(model);
    const result = await run();
    return { result, posts: (await countPosts(model)) - before };
}

const tools = [{
    type: 'function',
    function: {
        name: 'look_up',
        parameters: {
            type: 'object',
            properties: { place: { type: 'string' }, days: { type: 'integer' } },
            required: ['place', 'days'],
        },
    },
}];

// name, what is asked, what the data must have besides being equal.
const calls = [
    ['chat', () => client.chat.completions.create(chat('plain')),
        (data) => assert.ok(data.choices[0].message.content.length > 20)],
    ['chat with two choices', () => client.chat.completions.create(chat('two', { n: 2, seed: 1 })),
        (data) => assert.equal(data.choices.length, 2)],
    ['chat cut by its own limit', () => client.chat.completions.create(chat('cut', { max_tokens: 3 })),
        (data) => assert.equal(data.choices[0].finish_reason, 'length')],
    ['chat with a tool call',
        () => client.chat.completions.create(chat('tool', { tools, tool_choice: 'required' })),
        (data) => {
            const call = data.choices[0].message.tool_calls[0];
            assert.equal(call.function.name, 'look_up');
            assert.equal(typeof JSON.parse(call.function.arguments).days, 'number');
        }],
    ['streamed chat', () => client.chat.completions.create(chat('stream', { stream: true })),
        (events) => {
            assert.ok(events.length > 20);
            assert.equal(events.at(-1).choices[0].finish_reason, 'stop');
        }],
    ['streamed chat with usage',
        () => client.chat.completions.create(
            chat('usage', { stream: true, stream_options: { include_usage: true } })),
        (events) => assert.ok(events.at(-1).usage.completion_tokens > 0)],
    ['streamed chat with a tool call',
        () => client.chat.completions.create(
            chat('tool stream', { stream: true, tools, tool_choice: 'required' })),
        (events) => assert.equal(events.at(-1).choices[0].finish_reason, 'tool_calls')],
    ['completion', () => client.completions.create({ model: 'demo', prompt: 'Once' }),
        (data) => assert.ok(data.choices[0].text.length > 20)],
    ['streamed completion',
        () => client.completions.create({ model: 'demo', prompt: 'Twice', stream: true }),
        (events) => assert.ok(events.length > 20)],
    ['embedding, base64 on the wire',
        () => client.embeddings.create({ model: 'demo', input: 'a text' }),
        (data) => assert.equal(data.data[0].embedding.length, 64)],
    ['embedding, as numbers',
        () => client.embeddings.create({ model: 'demo', input: ['one'], encoding_format: 'float' }),
        (data) => assert.equal(data.data.length, 1)],
];

for (const [name, call, check] of calls) {
    test(`${name}: asked once, answered twice`, async () => {
        const { result: first, posts } = await postsDuring(() => receive(call()));
        check(first.data);
        assert.equal(first.headers.get('x-cache'), 'MISS');
        assert.match(first.headers.get('cache-status'), /^reprise; fwd=miss/);
        assert.equal(posts, 1);

        const { result: second, posts: more } = await postsDuring(() => receive(call()));
        assert.deepEqual(second.data, first.data);
        assert.equal(second.headers.get('x-cache'), 'HIT');
        assert.match(second.headers.get('cache-status'), /^reprise; hit; ttl=\d+/);
        assert.match(second.headers.get('age'), /^\d+$/);
        assert.equal(second.headers.get('content-type'), first.headers.get('content-type'));
        assert.equal(more, 0);
    });
}

// Numbers read back to the same float32, whichever way they travel.
function vectors(data) {
    return data.data.map((item, index) => {
        assert.equal(item.index, index);
        return item.embedding.map(Math.fround);
    });
}

test('embeddings are known input by input', async () => {
    const embed = (input, more = {}) =>
        receive(client.embeddings.create({ model: 'demo', input, ...more }));
    const { result: first, posts } = await postsDuring(() => embed(['red', 'green', 'red']));
    assert.equal(posts, 1);
    const [red, green, again] = vectors(first.data);
    assert.deepEqual(again, red);
    assert.notDeepEqual(green, red);

    const { result: known, posts: none } = await postsDuring(() =>
        embed(['green', 'red'], { encoding_format: 'float' }));
    assert.equal(none, 0);
    assert.equal(known.headers.get('x-cache'), 'HIT');
    assert.deepEqual(vectors(known.data), [green, red]);
    assert.equal(known.data.model, first.data.model);
    assert.deepEqual(known.data.usage, { prompt_tokens: 0, total_tokens: 0 });

    const { result: partly, posts: one } = await postsDuring(() => embed(['blue', 'green']));
    assert.equal(one, 1);
    assert.match(partly.headers.get('cache-status'), /^reprise; fwd=partial; stored/);
    assert.deepEqual(vectors(partly.data)[1], green);
    const alone = await embed('blue');
    assert.equal(alone.headers.get('x-cache'), 'HIT');
    assert.deepEqual(vectors(alone.data)[0], vectors(partly.data)[0]);
    assert.deepEqual(alone.data.usage, partly.data.usage);
});

test('equal requests at once: one reaches the model', async () => {
    const ask = () => receive(client.chat.completions.create(chat('at once', { stream: true })));
    const { result, posts } = await postsDuring(() => Promise.all(Array.from({ length: 20 }, ask)));
    for (const each of result) assert.deepEqual(each.data, result[0].data);
    assert.equal(posts, 1);
});

test('another credential does not see the answer', async () => {
    const body = chat('mine');
    await receive(client.chat.completions.create(body));
    const other = await receive(clientWith('sk-two').chat.completions.create(body));
    assert.equal(other.headers.get('x-cache'), 'MISS');
});

test('no-store goes past the cache', async () => {
    const options = { headers: { 'Cache-Control': 'no-store' } };
    const ask = () => receive(client.chat.completions.create(chat('unseen'), options));
    const { result: first } = await postsDuring(ask);
    const { result: second, posts } = await postsDuring(ask);
    assert.equal(posts, 1);
    assert.notEqual(second.data.id, first.data.id);
});

test('an error is the model\'s own, each time', async () => {
    const ask = async () => {
        await assert.rejects(client.chat.completions.create({ model: 'demo', messages: [] }), {
            status: 400,
            name: 'Error',
            type: 'invalid_request_error',
        });
    };
    const { posts } = await postsDuring(async () => { await ask(); await ask(); });
    assert.equal(posts, 2);
});

test('what is no completion passes', async () => {
    const models = await client.models.list();
    assert.equal(models.data[0].id, 'demo-model');
});

test('a client that leaves disturbs nobody', async () => {
    const leaver = await client.chat.completions.create(chat('leave', { stream: true }));
    const stayer = receive(client.chat.completions.create(chat('leave', { stream: true })));
    leaver.controller.abort();
    const { data } = await stayer;
    assert.equal(data.at(-1).choices[0].finish_reason, 'stop');
});

let failed = 1;
try {
    failed = await runAll();
} finally {
    if (!(await stopAll())) {
        console.log('# a server did not end well');
        failed++;
    }
}
process.exitCode = failed ? 1 : 0;
