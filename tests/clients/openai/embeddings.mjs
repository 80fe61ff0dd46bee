// embeddings: in both encodings, input by input.
import assert from 'node:assert/strict';
import { testForms } from '../bench.mjs';
import { test } from '../tap.mjs';

// The vectors as what they are, float32, however they were spelled. Only base64 items of llama.cpp
// tell their encoding. What each input of several costs is not on the wire, and shared out by their
// lengths: parts of other batches need not add up to what the model would say.
function meaningOf({ data, usage, ...rest }) {
    const vectors = data.map(({ encoding_format: _, embedding, ...item }) =>
        ({ ...item, embedding: embedding.map(Math.fround) }));
    return { ...rest, data: vectors, ...(data.length === 1 && { usage }) };
}

async function embed(client, input, more) {
    const answer = await client.embeddings.create({ model: 'openai-1', input, ...more });
    const meaning = meaningOf(answer);
    return { data: meaning, meaning, usage: answer.usage };
}

// What the client decodes itself, base64 on the wire, is its default.
function formsOf(more, inputOf) {
    return {
        base64: (client, prompt) => embed(client, inputOf(prompt), more),
        float: (client, prompt) =>
            embed(client, inputOf(prompt), { ...more, encoding_format: 'float' }),
    };
}

function vectorsOf({ meaning }) {
    return meaning.data.map(({ index, embedding }) => ({ index, embedding }));
}

// A list of tokens that is as long as no other and tells its prompt.
function tokensOf(prompt) {
    return [...Buffer.from(prompt)];
}

function testBatches(bench) {
    const inputs = (bodies) => bodies.flatMap(({ input }) => input);

    test('a batch asks only for what is new, once', async () => {
        await embed(bench.cached, ['one', 'two']);
        const batch = ['three', 'two', 'three', 'one'];
        const bodies = await bench.bodies(async () => {
            const answer = await embed(bench.cached, batch, { encoding_format: 'float' });
            assert.match(bench.heads.at(-1).get('cache-status'), /^reprise; fwd=partial; stored/);
            // 'three' was told, and is in there twice; the others have their shares of six.
            assert.deepEqual(answer.usage, { prompt_tokens: 12, total_tokens: 12 });
            assert.deepEqual(vectorsOf(answer), vectorsOf(await embed(bench.direct, batch)));
        });
        assert.deepEqual(inputs(bodies.slice(0, 1)), ['three']);
        assert.equal(bodies.length, 2);
    });

    test('a batch of what is known asks for nothing', async () => {
        for (const input of ['four', ['five']]) await embed(bench.cached, input);
        const bodies = await bench.bodies(async () => {
            const { meaning, usage } = await embed(bench.cached, ['five', 'four', 'five']);
            assert.equal(bench.xCache, 'HIT');
            assert.equal(meaning.data.length, 3);
            assert.deepEqual(usage, { prompt_tokens: 9, total_tokens: 9 });
        });
        assert.deepEqual(bodies, []);
    });

    test('a batch costs what the model says, every time', async () => {
        const first = await embed(bench.cached, ['ten', 'eleven']);
        assert.deepEqual(first.usage, { prompt_tokens: 6, total_tokens: 6 });
        const second = await embed(bench.cached, ['eleven', 'ten']);
        assert.deepEqual(second.usage, first.usage);
    });

    test('batches at once share what they have in common', async () => {
        const batches = [['six', 'seven'], ['seven', 'eight'], ['eight', 'nine', 'six']];
        const direct = [];
        for (const batch of batches) direct.push(vectorsOf(await embed(bench.direct, batch)));
        const bodies = await bench.bodies(async () => {
            const answers = await Promise.all(batches.map((batch) => embed(bench.cached, batch)));
            assert.deepEqual(answers.map(vectorsOf), direct);
        });
        assert.deepEqual(inputs(bodies).sort(), ['eight', 'nine', 'seven', 'six']);
    });
}

export function testEmbeddings(bench) {
    for (const shape of ['openai', 'vllm', 'llama']) {
        const ask = (question, inputOf, more, saved = /^prompt=3$/) => testForms(bench,
            `${shape} ${question}`, formsOf({ model: `${shape}-1`, ...more }, inputOf), { saved });
        // Several that came together share what they cost.
        const askAll = (question, inputsOf) => ask(question, inputsOf, {}, /^prompt=\d+$/);
        ask('embedding', (prompt) => prompt);
        askAll('embeddings', (prompt) => [prompt, `${prompt}!`, `Straße\n大阪, ${prompt}`, prompt]);
        ask('embedding of tokens', tokensOf);
        askAll('embeddings of tokens', (prompt) => [tokensOf(prompt), tokensOf(`${prompt}!`)]);
        ask('short embedding', (prompt) => prompt, { dimensions: 8 });
    }
    testBatches(bench);
}
