// What an answer from the cache says of itself, when it is told to say something else.
import assert from 'node:assert/strict';
import { gatherChunks, gatherResponse, plainly } from '../gather.mjs';
import { test } from '../tap.mjs';
import { counting, receive, receiveAll, streaming } from './receive.mjs';

const tools = [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }];

const chat = (more) => (client, prompt) => {
    const body = {
        model: 'openai-1', tools, messages: [{ role: 'user', content: prompt }], ...more,
    };
    const answer = client.chat.completions.create(body);
    return body.stream ? receiveAll(answer, gatherChunks) : receive(answer);
};

const response = (more) => (client, prompt) => {
    const answer = client.responses.create({ model: 'openai-1', input: prompt, ...more });
    return more.stream ? receiveAll(answer, gatherResponse) : receive(answer);
};

const forms = {
    chat: chat({}),
    'streamed chat': chat(streaming),
    'counted chat': chat(counting),
    response: response({}),
    'streamed response': response(streaming),
};

// The id, the time, and everything else of an answer.
function take({ id, created, created_at, ...rest }) {
    return { id, created: created ?? created_at, rest: plainly(rest) };
}

function isZero(usage) {
    return Object.values(usage).every(
        (value) => (typeof value === 'object' ? isZero(value) : value === 0));
}

export async function testReplay(bench) {
    const fresh = await bench.clientBehind('replay.ids=fresh');
    const zero = await bench.clientBehind('replay.usage=zero');

    for (const [name, ask] of Object.entries(forms)) {
        test(`${name}: each replay has an id of its own`, async () => {
            const since = Math.floor(Date.now() / 1000);
            const direct = take((await ask(bench.direct, name)).meaning);
            await ask(fresh, name);
            const replays = [];
            for (const _ of [1, 2]) {
                const { id, created, rest } = take((await ask(fresh, name)).meaning);
                assert.deepEqual(rest, direct.rest);
                assert.ok(created >= since);
                replays.push(id);
            }
            const ids = new Set([direct.id, ...replays]);
            assert.equal(ids.size, 3);
            assert.equal(new Set([...ids].map((id) => id.split(/[-_]/)[0])).size, 1);
        });

        test(`${name}: replays cost nothing`, async () => {
            await ask(zero, name);
            const { meaning: { usage, usages = [usage] } } = await ask(zero, name);
            assert.ok(usages.every(isZero));
            assert.equal(usages.length, name === 'streamed chat' ? 0 : 1);
        });
    }
}
