// POST /v1/messages as Anthropic, vLLM and llama.cpp answer it.
import { calls, pieces, reasoning, shapeOf, textOf } from './text.mjs';

const citation = {
    type: 'char_location', cited_text: 'sprang\n', document_index: 0, document_title: null,
    start_char_index: 14, end_char_index: 21,
};

// Text; that of a model whose name says so tells where it is from.
function textBlock(body) {
    const citations = body.model.includes('cited')
        ? [citation, { ...citation, document_index: 1 }] : null;
    return {
        block: { type: 'text', text: textOf(body), ...(citations && { citations }) },
        start: { type: 'text', text: '', ...(citations && { citations: [] }) },
        deltas: [
            ...(citations ?? []).map((citation) => ({ type: 'citations_delta', citation })),
            ...pieces(textOf(body)).map((text) => ({ type: 'text_delta', text })),
        ],
    };
}

const SIGNATURE = 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds';

// The blocks of the answer, each with the deltas that a stream sends of it.
function blocksOf(body, shape) {
    const blocks = [];
    if (body.thinking) {
        const signature = shape === 'llama' ? '' : SIGNATURE;
        const empty = { type: 'thinking', thinking: '' };
        blocks.push({
            block: { type: 'thinking', thinking: reasoning, signature },
            start: shape === 'anthropic' ? { ...empty, signature: '' } : empty,
            deltas: [
                ...pieces(reasoning).map((thinking) => ({ type: 'thinking_delta', thinking })),
                { type: 'signature_delta', signature },
            ],
        });
    }
    if (body.thinking && shape === 'anthropic') {
        const block = { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix==' };
        blocks.push({ block, start: block, deltas: [] });
    }
    blocks.push(textBlock(body));
    for (const [at, call] of (body.tools ? calls : []).entries()) {
        const named = { type: 'tool_use', id: `toolu_0${at}Kq`, name: call.name };
        const parts = pieces(call.arguments);
        blocks.push({
            block: { ...named, input: JSON.parse(call.arguments) },
            start: shape === 'llama' ? named : { ...named, input: {} },
            deltas: (shape === 'anthropic' ? ['', ...parts] : parts)
                .map((part) => ({ type: 'input_json_delta', partial_json: part })),
        });
    }
    return blocks;
}

const usage = {
    anthropic: {
        input_tokens: 42, cache_creation_input_tokens: 0, cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 28, service_tier: 'standard',
    },
    vllm: { input_tokens: 42, output_tokens: 28 },
    llama: { cache_read_input_tokens: 0, input_tokens: 42, output_tokens: 28 },
};

function messageOf(body, shape) {
    return {
        id: shape === 'anthropic' ? 'msg_01XFDUDYJgAACzvnptvVoYEL' : 'chatcmpl-m4',
        type: 'message', role: 'assistant', model: body.model,
        content: blocksOf(body, shape).map(({ block }) => block),
        stop_reason: body.tools ? 'tool_use' : 'end_turn', stop_sequence: null, usage: usage[shape],
    };
}

function stream(body, shape) {
    const message = messageOf(body, shape);
    const early = shape === 'anthropic' ? 3 : 0;
    const begun = {
        ...message, content: [], stop_reason: null,
        usage: { ...message.usage, output_tokens: early },
    };
    // It leaves out what is the same of each message.
    if (shape === 'vllm') for (const member of ['type', 'role']) delete begun[member];
    const events = [{ type: 'message_start', message: begun }];
    const stops = [];
    for (const [index, { start, deltas }] of blocksOf(body, shape).entries()) {
        events.push({ type: 'content_block_start', index, content_block: start });
        if (shape === 'anthropic') events.push({ type: 'ping' });
        for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
        // llama.cpp ends all blocks when the last one ends.
        (shape === 'llama' ? stops : events).push({ type: 'content_block_stop', index });
    }
    const { stop_reason, stop_sequence } = message;
    const delta = { stop_reason, stop_sequence };
    const late = shape === 'vllm' ? usage.vllm : { output_tokens: 28 };
    events.push(...stops, { type: 'message_delta', delta, usage: late }, { type: 'message_stop' });
    return events.map((event) => [event.type, event]);
}

export function answerMessages(body) {
    const shape = shapeOf(body);
    return body.stream ? { events: stream(body, shape) } : { json: messageOf(body, shape) };
}
