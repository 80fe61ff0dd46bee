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
    for (const choice of whole.choices) assert.ok(choice.finish_reason);
    return whole;
}

// What the deltas of one item of a response come to: { text, reasoning, summary, arguments }.
const DELTAS = {
    'response.output_text.delta': 'text',
    'response.reasoning_text.delta': 'reasoning',
    'response.reasoning_summary_text.delta': 'summary',
    'response.function_call_arguments.delta': 'arguments',
};

function textsOf(item) {
    const join = (parts) => parts?.map(({ text }) => text).join('');
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
            assert.equal(gathered[item.id][kind] ?? '', text ?? '');
    return final.response;
}

const BLOCK_DELTAS = {
    text_delta: 'text', thinking_delta: 'thinking', signature_delta: 'signature',
    input_json_delta: 'partial_json',
};

// Events of messages: the message they tell of.
export function gatherMessage(events) {
    assert.equal(events[0].type, 'message_start');
    assert.equal(events.at(-1).type, 'message_stop');
    const message = structuredClone(events[0].message);
    const json = [];
    for (const { type, index, content_block, delta, usage } of events) {
        const block = message.content[index];
        if (type === 'content_block_start') {
            assert.equal(index, message.content.length);
            message.content.push(structuredClone(content_block));
        } else if (type === 'content_block_delta') {
            const field = BLOCK_DELTAS[delta.type];
            if (field === 'partial_json') json[index] = (json[index] ?? '') + delta.partial_json;
            else block[field] = (block[field] ?? '') + delta[field];
        } else if (type === 'message_delta') {
            Object.assign(message, delta);
            Object.assign(message.usage, usage);
        }
    }
    for (const [index, text] of json.entries())
        if (text !== undefined) message.content[index].input = JSON.parse(text);
    return message;
}

// Data without what says nothing: members that are null, lists that are empty, and the padding
// that OpenAI puts on each event so that its length tells nothing.
export function plainly(data) {
    return JSON.parse(JSON.stringify(data, (key, value) =>
        value === null || key === 'obfuscation' || (Array.isArray(value) && !value.length)
            ? undefined : value));
}
