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

// A stream that has begun and stays where it is until the model goes on.
async function begin(bench, body) {
    bench.model.hold();
    const stream = await bench.cached.chat.completions.create(body);
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    return stream;
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

    for (const [name, more] of Object.entries(forms)) {
        test(`${name} while a stream runs`, async () => {
            const direct = await ask(bench.direct, chat('x', more));
            const bodies = await bench.bodies(async () => {
                await begin(bench, chat(`runs, ${name}`, streaming));
                const joined = ask(bench.cached, chat(`runs, ${name}`, more));
                bench.model.release();
                assert.deepEqual(plainly((await joined).meaning), plainly(direct.meaning));
                assert.match(bench.xCache, /^(JOIN|HIT)$/);
            });
            assert.equal(bodies.length, 1);
        });
    }

    test('a client that leaves disturbs nobody', async () => {
        const leaver = await begin(bench, chat('leave', streaming));
        const stayer = ask(bench.cached, chat('leave', streaming));
        leaver.controller.abort();
        bench.model.release();
        assert.equal((await stayer).meaning.choices[0].finish_reason, 'stop');
    });
}

export function testSharing(bench, clientWith) {
    testJoining(bench);

    test('another credential does not see the answer', async () => {
        const other = clientWith('sk-two');
        const bodies = await bench.bodies(async () => {
            for (const client of [bench.cached, other]) await ask(client, chat('mine'));
        });
        assert.equal(bodies.length, 2);
    });

    test('no-store goes past the cache', async () => {
        const bodies = await bench.bodies(async () => {
            for (const _ of [1, 2])
                await ask(bench.cached, chat('unseen'), { headers: { 'Cache-Control': 'no-store' } });
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
                assert.equal(bench.heads.at(-1).get('x-cache-tokens-saved'),
                    'prompt=42, completion=28');
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
