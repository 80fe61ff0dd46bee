// POST /v1/completions as OpenAI, vLLM and llama.cpp answer it.
import {
    countUsage, created, interleave, logprobEntry, pieces, shapeOf, textOf, texts, timings,
} from './text.mjs';

// The older form of logprobs, whose offsets run on from chunk to chunk.
function legacyLogprobs(parts, before) {
    const values = parts.map((_, at) => -0.5 - before.length - at);
    return {
        tokens: parts,
        token_logprobs: values,
        top_logprobs: parts.map((part, at) => ({ [part]: values[at], '?': -77.25 })),
        text_offset: parts.map((_, at) => [...before, ...parts.slice(0, at)].join('').length),
    };
}

// Of these parts of a text, which come behind others.
function logprobs(shape, body, parts, before) {
    if (!body.logprobs || !parts.length) return null;
    if (shape !== 'llama') return legacyLogprobs(parts, before);
    return { content: parts.map((part, at) => logprobEntry(part, before.length + at, shape)) };
}

function envelope(shape, body) {
    const id = shape === 'llama' ? 'chatcmpl-c9' : 'cmpl-c9';
    const base = { id, object: 'text_completion', created, model: body.model };
    return shape === 'llama' ? { ...base, system_fingerprint: 'b1-de3ff81' } : base;
}

function usageOf(count) {
    return countUsage(5 * count, 14 * count);
}

function plain(shape, body, said) {
    const choices = said.map((text, index) => ({
        text, index, logprobs: logprobs(shape, body, pieces(text), []), finish_reason: 'stop',
        ...(shape === 'vllm' && { stop_reason: null, prompt_logprobs: null }),
    }));
    const answer = { ...envelope(shape, body), choices, usage: usageOf(said.length) };
    return shape === 'llama' ? { ...answer, timings } : answer;
}

// vLLM finishes on the last text, OpenAI on a chunk of its own, llama.cpp after an empty one.
function chunks(shape, body, text, index) {
    const parts = pieces(text);
    const all = parts.map((part, at) => ({
        text: part, index, logprobs: logprobs(shape, body, [part], parts.slice(0, at)),
        finish_reason: null,
    }));
    const empty = { text: '', index, logprobs: null, finish_reason: null };
    if (shape === 'llama' || !all.length) all.push(empty);
    if (shape === 'vllm') Object.assign(all.at(-1), { finish_reason: 'stop', stop_reason: null });
    if (shape !== 'vllm') all.push({ ...empty, finish_reason: 'stop' });
    return all;
}

function stream(shape, body, said) {
    const base = envelope(shape, body);
    const all = interleave(said.map((text, index) => chunks(shape, body, text, index)))
        .map((choice) => ({ ...base, choices: [choice] }));
    if (shape === 'llama')
        Object.assign(all.at(-1), { usage: usageOf(said.length), timings });
    else if (body.stream_options?.include_usage === true)
        all.push({ ...base, choices: [], usage: usageOf(said.length) });
    return all.map((chunk) => [null, chunk]);
}

export function answerCompletion(body) {
    const shape = shapeOf(body);
    const prompts = Array.isArray(body.prompt) ? body.prompt : [body.prompt];
    const said = prompts.flatMap(() =>
        Array.from({ length: body.n ?? 1 }, (_, at) => (at ? texts[1] : textOf(body))));
    return body.stream ? { events: stream(shape, body, said), done: true }
        : { json: plain(shape, body, said) };
}
