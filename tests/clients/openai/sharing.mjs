// Who shares an answer with whom, and who does not.
import assert from 'node:assert/strict';
import { gatherChunks, plainly } from '../gather.mjs';
import { test } from '../tap.mjs';
import { counting, receive, receiveAll, streaming } from './receive.mjs';

function chat(content, more = {}) {
    return { model: 'openai-1', messages: [{ role: 'user', content }], ...more };
}

function ask(client, body, options) {
    const answer = client.chat.completions.create(body, options);
    return body.stream ? receiveAll(answer, gatherChunks) : receive(answer);
}

// Asks a question that the model has begun to answer, and does not end before it is released.
async function begin(bench, body) {
    const asked = bench.model.hold();
    const answer = ask(bench.cached, body);
    await asked;
    return { answer };
}

// A stream of which something has come, and no more does before the model is released.
async function beginStream(bench, body) {
    bench.model.hold();
    const stream = await bench.cached.chat.completions.create(body);
    const [begun, rest] = stream.tee();
    await begun[Symbol.asyncIterator]().next();
    return rest;
}

const forms = { plain: {}, streamed: streaming, counted: counting };

function testJoining(bench) {
    test('twenty at once: one reaches the model', async () => {
        const body = chat('at once', streaming);
        const bodies = await bench.bodies(async () => {
            const asked = Array.from({ length: 20 }, () => ask(bench.cached, body));
            const [first, ...others] = await Promise.all(asked);
            for (const other of others) assert.deepEqual(other.data, first.data);
        });
        assert.equal(bodies.length, 1);
    });

    test('all forms at once: one reaches the model', async () => {
        const kinds = Object.values(forms);
        const direct = [];
        for (const more of kinds) direct.push((await ask(bench.direct, chat('x', more))).meaning);
        const bodies = await bench.bodies(async () => {
            const answers = await Promise.all([...kinds, ...kinds].map((more) =>
                ask(bench.cached, chat('all at once', more))));
            assert.deepEqual(plainly(answers.map(({ meaning }) => meaning)),
                plainly([...direct, ...direct]));
        });
        assert.equal(bodies.length, 1);
    });

    for (const [first, running] of Object.entries(forms)) {
        for (const [second, more] of Object.entries(forms)) {
            test(`${second} while ${first} runs`, async () => {
                const direct = await ask(bench.direct, chat('x', more));
                const prompt = `${second} joins ${first}`;
                const bodies = await bench.bodies(async () => {
                    const { answer } = await begin(bench, chat(prompt, running));
                    const joined = ask(bench.cached, chat(prompt, more));
                    bench.model.release();
                    assert.deepEqual(plainly((await joined).meaning), plainly(direct.meaning));
                    await answer;
                });
                assert.equal(bodies.length, 1);
            });
        }
    }

    test('a stream goes on when the one who asked for it leaves', async () => {
        const body = chat('leave', streaming);
        const bodies = await bench.bodies(async () => {
            const leaver = await beginStream(bench, body);
            const stayer = await beginStream(bench, body);
            leaver.controller.abort();
            bench.model.release();
            for await (const _ of stayer);
        });
        assert.equal(bodies.length, 1);
        await ask(bench.cached, body);
        assert.equal(bench.xCache, 'HIT');
    });

    // Who came too late to join asks again.
    for (const [name, more] of Object.entries(forms)) {
        test(`${name} is answered when the one who asked for the stream leaves`, async () => {
            const direct = await ask(bench.direct, chat('x', more));
            const leaver = await beginStream(bench, chat(`leave, ${name}`, streaming));
            const stayer = ask(bench.cached, chat(`leave, ${name}`, more));
            leaver.controller.abort();
            bench.model.release();
            assert.deepEqual(plainly((await stayer).meaning), plainly(direct.meaning));
        });
    }
}

export function testSharing(bench) {
    testJoining(bench);

    test('another credential does not see the answer', async () => {
        const other = bench.cached.withOptions({ apiKey: 'sk-two' });
        const bodies = await bench.bodies(async () => {
            for (const client of [bench.cached, other]) await ask(client, chat('mine'));
        });
        assert.equal(bodies.length, 2);
    });

    test('no-store goes past the cache', async () => {
        const bodies = await bench.bodies(async () => {
            const headers = { 'Cache-Control': 'no-store' };
            for (const _ of [1, 2]) await ask(bench.cached, chat('unseen'), { headers });
        });
        assert.equal(bodies.length, 2);
    });

    test('an error is the model\'s own, each time', async () => {
        const bodies = await bench.bodies(async () => {
            for (const _ of [1, 2])
                await assert.rejects(ask(bench.cached, { model: 'openai-1', messages: [] }),
                    { status: 400, param: 'messages', type: 'invalid_request_error' });
        });
        assert.equal(bodies.length, 2);
    });

    test('what is no completion passes', async () => {
        const models = await bench.cached.models.list();
        assert.equal(models.data[0].id, 'openai-1');
    });

    test('hits tell the second time', async () => {
        await ask(bench.cached, chat('heads'));
        const first = bench.heads.at(-1);
        await ask(bench.cached, chat('heads'));
        const second = bench.heads.at(-1);
        assert.match(first.get('cache-status'), /^reprise; fwd=miss/);
        assert.match(second.get('cache-status'), /^reprise; hit; ttl=\d+/);
        assert.match(second.get('age'), /^\d+$/);
        assert.equal(second.get('content-type'), first.get('content-type'));
    });

    for (const [name, more] of Object.entries(forms)) {
        test(`${name}: hits tell the tokens that they saved`, async () => {
            await ask(bench.cached, chat(`saved, ${name}`, more));
            for (const other of Object.values(forms)) {
                await ask(bench.cached, chat(`saved, ${name}`, other));
                assert.equal(bench.saved, 'prompt=42, completion=28');
            }
        });
    }

    test('streams are asked for with their usage, and with nothing else', async () => {
        const refused = { include_usage: false, include_obfuscation: false };
        const bodies = await bench.bodies(async () => {
            await ask(bench.cached, chat('usage', streaming));
            await ask(bench.cached, chat('no usage', { ...streaming, stream_options: refused }));
        });
        assert.deepEqual(bodies, [
            chat('usage', counting),
            chat('no usage', { ...streaming, stream_options: { ...refused, include_usage: true } }),
        ]);
    });
}
