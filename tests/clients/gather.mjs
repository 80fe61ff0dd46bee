// What the events of a stream come to, for a reader who looks at each of them. The rules of the
// protocols that clients rely on are asserted on the way.
import assert from 'node:assert/strict';

// What is the same on every chunk of a stream.
const ALWAYS = ['id', 'object', 'created', 'model'];

// Appends lists, or merges them where their elements have an index.
function appendList(to, from) {
    for (const part of from) {
        if (part.index === undefined) to.push(part);
        else append(to[part.index] ??= {}, part);
    }
}

// Appends strings and lists and merges objects by member; what is new replaces the rest.
function append(to, from) {
    for (const [key, value] of Object.entries(from)) {
        if (value === null) continue;
        if (Array.isArray(value)) appendList(to[key] ??= [], value);
        else if (typeof value === 'object') append(to[key] ??= {}, value);
        else if (typeof value === 'string' && key !== 'role') to[key] = (to[key] ?? '') + value;
        else to[key] = value;
    }
}

function gatherChoice(choices, { index, delta, text, logprobs, token_ids, ...rest }) {
    const known = choices[index];
    if (delta && !known) assert.equal(delta.role, 'assistant', 'a choice begins with its role');
    assert.ok(!known?.finish_reason, 'nothing of a choice comes after its end');
    const choice = choices[index] ??= { index, message: {}, text: '' };
    append(choice.message, delta ?? {});
    choice.text += text ?? '';
    append(choice, { logprobs: logprobs ?? null, token_ids: token_ids ?? null });
    for (const [key, value] of Object.entries(rest)) if (value !== null) choice[key] = value;
}

// Chunks of chat.completions and completions.
export function gatherChunks(chunks) {
    const whole = { choices: [], usages: [] };
    for (const { choices, usage, ...rest } of chunks) {
        for (const key of ALWAYS) assert.equal(rest[key], chunks[0][key]);
        for (const [key, value] of Object.entries(rest)) if (value !== null) whole[key] = value;
        for (const choice of choices) gatherChoice(whole.choices, choice);
        if (!usage) continue;
        if (rest.object === 'chat.completion.chunk') assert.deepEqual(choices, []);
        whole.usages.push(usage);
    }
    for (const { finish_reason, message } of whole.choices) {
        assert.ok(finish_reason);
        // Without a text, vLLM streams an empty one and llama.cpp none; in plain answers it is the
        // other way round, and a stream that is made of one says what that said.
        if (!message.content) delete message.content;
    }
    return whole;
}

// What the deltas of one item of a response come to: { text, reasoning, summary, arguments }.
const DELTAS = {
    'response.output_text.delta': 'text',
    'response.refusal.delta': 'text',
    'response.reasoning_text.delta': 'reasoning',
    'response.reasoning_summary_text.delta': 'summary',
    'response.function_call_arguments.delta': 'arguments',
};

function textsOf(item) {
    const join = (parts) => parts?.map(({ text, refusal }) => text ?? refusal).join('');
    return item.type === 'message' ? { text: join(item.content) }
        : item.type === 'function_call' ? { arguments: item.arguments }
            : { reasoning: join(item.content), summary: join(item.summary) };
}

// Typed events of responses: the response at their end, which all of them agree with.
export function gatherResponse(events) {
    const final = events.at(-1);
    assert.equal(final.type, 'response.completed');
    assert.deepEqual(events.slice(0, 2).map(({ type }) => type),
        ['response.created', 'response.in_progress']);
    const numbered = events[0].sequence_number !== undefined;
    const gathered = {};
    for (const [at, event] of events.entries()) {
        if (numbered) assert.equal(event.sequence_number, at);
        if (event.response) assert.equal(event.response.id, final.response.id);
        const id = event.item_id ?? event.item?.id;
        if (!id) continue;
        const place = final.response.output.findIndex((item) => item.id === id);
        assert.notEqual(place, -1, `${event.type} of an item that is in the response`);
        if (numbered) assert.equal(event.output_index, place);
        if (event.type === 'response.output_item.done')
            assert.deepEqual(event.item, final.response.output[place]);
        const kind = DELTAS[event.type];
        if (kind) append(gathered, { [id]: { [kind]: event.delta } });
    }
    for (const item of final.response.output)
        for (const [kind, text] of Object.entries(textsOf(item)))
            assert.equal(gathered[item.id]?.[kind] ?? '', text ?? '');
    return final.response;
}

const BLOCK_DELTAS = {
    text_delta: 'text', thinking_delta: 'thinking', signature_delta: 'signature',
    input_json_delta: 'partial_json',
};

// What each event of a message does to it; `open` are the places of the blocks that have begun.
const MESSAGE_EVENTS = {
    content_block_start({ message, open }, { index, content_block }) {
        assert.equal(index, message.content.length);
        message.content.push(structuredClone(content_block));
        open.add(index);
    },
    content_block_delta({ message, open }, { index, delta }) {
        assert.ok(open.has(index));
        const block = message.content[index];
        const field = BLOCK_DELTAS[delta.type];
        if (delta.type === 'citations_delta') (block.citations ??= []).push(delta.citation);
        else block[field] = (block[field] ?? '') + delta[field];
    },
    content_block_stop({ message, open }, { index }) {
        assert.ok(open.delete(index));
        const { partial_json, ...block } = message.content[index];
        if (partial_json) message.content[index] = { ...block, input: JSON.parse(partial_json) };
    },
    message_delta({ message, open }, { delta, usage }) {
        assert.equal(open.size, 0);
        Object.assign(message, delta);
        Object.assign(message.usage, usage);
    },
};

// Events of messages: the message they tell of.
export function gatherMessage(events) {
    assert.equal(events[0].type, 'message_start');
    assert.deepEqual(events.slice(-2).map(({ type }) => type), ['message_delta', 'message_stop']);
    const state = { message: structuredClone(events[0].message), open: new Set() };
    for (const event of events) MESSAGE_EVENTS[event.type]?.(state, event);
    return state.message;
}

// Data without what says nothing: members that are null, lists that are empty, and the padding
// that OpenAI puts on each event so that its length tells nothing.
export function plainly(data) {
    return JSON.parse(JSON.stringify(data, (key, value) =>
        value === null || key === 'obfuscation' || (Array.isArray(value) && !value.length)
            ? undefined : value));
}
