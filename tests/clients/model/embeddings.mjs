// POST /v1/embeddings: one float32 vector for each input, the same in both encodings.
import { createHash } from 'node:crypto';
import { created, shapeOf } from './text.mjs';

const DIMENSIONS = 16;

// The vector of a text or a list of tokens: a hash of it, as numbers from -1 to 1.
function vectorOf(input, dimensions) {
    const bytes = createHash('sha512').update(JSON.stringify(input)).digest();
    const numberAt = (_, at) => bytes.readInt32LE(at * 4) / 2 ** 31;
    return Float32Array.from({ length: dimensions }, numberAt);
}

function inputsOf({ input }) {
    const alone = typeof input === 'string' || typeof input[0] === 'number';
    return alone ? [input] : input;
}

function encode(vector, format) {
    return format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
}

export function answerEmbeddings(body) {
    const shape = shapeOf(body);
    const inputs = inputsOf(body);
    const tells = shape === 'llama' && body.encoding_format === 'base64';
    const data = inputs.map((input, index) => ({
        object: 'embedding',
        index,
        embedding: encode(vectorOf(input, body.dimensions ?? DIMENSIONS), body.encoding_format),
        ...(tells && { encoding_format: 'base64' }),
    }));
    const tokens = 3 * inputs.length;
    const usage = { prompt_tokens: tokens, total_tokens: tokens };
    const answer = { object: 'list', data, model: body.model, usage };
    return { json: shape === 'vllm' ? { id: 'embd-e4', created, ...answer } : answer };
}
