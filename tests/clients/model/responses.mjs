// POST /v1/responses as OpenAI, vLLM and llama.cpp answer it.
import { calls, created, logprobEntry, pieces, reasoning, shapeOf, textOf, texts } from './text.mjs';

// llama.cpp neither numbers its events nor tells their places; vLLM and OpenAI do both.
class Events {
    constructor(shape) {
        this.numbered = shape !== 'llama';
        this.list = [];
    }

    add(type, data, places = {}) {
        const event = { type, ...data };
        if (this.numbered) Object.assign(event, places, { sequence_number: this.list.length });
        this.list.push([type, event]);
    }
}

// As of a file of the request. Answers that cite addresses are not stored.
const annotation = { type: 'file', index: 4, file_id: 'f0', filename: 'Füchse.pdf' };

function partOf(body) {
    if (body.model.includes('refusing')) return { type: 'refusal', refusal: texts[1] };
    const text = textOf(body);
    const logprobs = body.top_logprobs
        ? pieces(text).map((piece, at) => logprobEntry(piece, at, 'openai')) : [];
    const annotations = body.model.includes('cited') ? [annotation] : [];
    return { type: 'output_text', annotations, logprobs, text };
}

function messageItem(body) {
    return {
        id: 'msg_67ccd3', type: 'message', status: 'completed', role: 'assistant',
        content: [partOf(body)],
    };
}

// OpenAI shows a summary, the others what was thought.
function reasoningItem(shape) {
    const item = { id: 'rs_67ccd2', type: 'reasoning' };
    if (shape === 'openai')
        return { ...item, summary: [{ type: 'summary_text', text: reasoning }] };
    const content = [{ type: 'reasoning_text', text: reasoning }];
    return shape === 'llama' ? { ...item, summary: [], content, encrypted_content: '' }
        : { ...item, summary: [], content, status: 'completed' };
}

function callItem(call, at) {
    return {
        id: `fc_67ccd${at + 4}`, type: 'function_call', status: 'completed', ...call,
        call_id: `call_${at}u3`,
    };
}

function outputOf(body, shape) {
    return [
        ...(body.reasoning ? [reasoningItem(shape)] : []),
        messageItem(body),
        ...(body.tools ? calls.map(callItem) : []),
    ];
}

const usage = {
    input_tokens: 42, input_tokens_details: { cached_tokens: 0 },
    output_tokens: 28, output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 70,
};

function responseOf(body, shape) {
    const base = {
        id: `resp_${shape}67`, object: 'response', created_at: created, status: 'completed',
        model: body.model, output: outputOf(body, shape), usage,
    };
    if (shape === 'llama') return base;
    return {
        ...base, background: false, error: null, incomplete_details: null, instructions: null,
        max_output_tokens: null, metadata: {}, parallel_tool_calls: true,
        previous_response_id: null, temperature: 1.0, top_p: 0.98, truncation: 'disabled',
        reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
        text: { format: { type: 'text' } }, tool_choice: 'auto', tools: body.tools ?? [],
    };
}

function sendRefusal(events, item, places) {
    const at = { ...places, content_index: 0 };
    const { id: item_id, content: [part] } = item;
    events.add('response.content_part.added', { item_id, part: { ...part, refusal: '' } }, at);
    for (const delta of pieces(part.refusal))
        events.add('response.refusal.delta', { item_id, delta }, at);
    events.add('response.refusal.done', { item_id, refusal: part.refusal }, at);
    events.add('response.content_part.done', { item_id, part }, at);
}

function sendText(events, shape, item, places) {
    const at = { ...places, content_index: 0 };
    const { id: item_id, content: [part] } = item;
    const empty = { ...part, annotations: [], logprobs: [], text: '' };
    const extra = (n, delta) => shape === 'openai' && {
        logprobs: part.logprobs.slice(n, n + 1), obfuscation: 'x'.repeat(delta.length % 9),
    };
    events.add('response.content_part.added', { item_id, part: empty }, at);
    for (const [n, delta] of pieces(part.text).entries())
        events.add('response.output_text.delta', { item_id, delta, ...extra(n, delta) }, at);
    for (const [annotation_index, annotation] of part.annotations.entries())
        events.add('response.output_text.annotation.added', { item_id, annotation },
            { ...at, annotation_index });
    const { text, logprobs } = part;
    events.add('response.output_text.done',
        { item_id, text, ...(shape === 'openai' && { logprobs }) }, at);
    events.add('response.content_part.done', { item_id, part }, at);
}

function sendSummary(events, item, places) {
    const at = { ...places, summary_index: 0 };
    const { id: item_id, summary: [part] } = item;
    const empty = { ...part, text: '' };
    events.add('response.reasoning_summary_part.added', { item_id, part: empty }, at);
    for (const delta of pieces(part.text))
        events.add('response.reasoning_summary_text.delta', { item_id, delta }, at);
    events.add('response.reasoning_summary_text.done', { item_id, text: part.text }, at);
    events.add('response.reasoning_summary_part.done', { item_id, part }, at);
}

function sendReasoning(events, shape, item, places) {
    const at = { ...places, content_index: 0 };
    const { id: item_id, content: [part] } = item;
    if (shape === 'vllm')
        events.add('response.reasoning_part.added', { item_id, part: { ...part, text: '' } }, at);
    for (const delta of pieces(part.text))
        events.add('response.reasoning_text.delta', { item_id, delta }, at);
    if (shape === 'llama') return;
    events.add('response.reasoning_text.done', { item_id, text: part.text }, at);
    events.add('response.reasoning_part.done', { item_id, part }, at);
}

function sendCall(events, shape, item, places) {
    const { id: item_id, arguments: text, name } = item;
    for (const delta of pieces(text))
        events.add('response.function_call_arguments.delta', { item_id, delta }, places);
    if (shape !== 'llama')
        events.add('response.function_call_arguments.done',
            { item_id, arguments: text, name }, places);
}

// The item as it is when it begins: nothing in it yet.
function begun(item) {
    const empty = { ...item, ...(item.status && { status: 'in_progress' }) };
    for (const key of ['content', 'summary']) if (empty[key]) empty[key] = [];
    if (item.type === 'function_call') empty.arguments = '';
    return empty;
}

function sendItem(events, shape, item, output_index) {
    const places = { output_index };
    events.add('response.output_item.added', { item: begun(item) }, places);
    if (item.content?.[0].type === 'refusal') sendRefusal(events, item, places);
    else if (item.type === 'message') sendText(events, shape, item, places);
    else if (item.type === 'function_call') sendCall(events, shape, item, places);
    else if (shape === 'openai') sendSummary(events, item, places);
    else sendReasoning(events, shape, item, places);
    events.add('response.output_item.done', { item }, places);
}

function stream(body, shape) {
    const response = responseOf(body, shape);
    const { usage: _, ...early } = { ...response, status: 'in_progress', output: [] };
    const begun = shape === 'llama' ? { id: early.id, object: 'response', status: 'in_progress' }
        : { ...early, usage: null };
    const events = new Events(shape);
    events.add('response.created', { response: begun });
    events.add('response.in_progress', { response: begun });
    for (const [at, item] of response.output.entries()) sendItem(events, shape, item, at);
    events.add('response.completed', { response });
    return events.list;
}

export function answerResponse(body) {
    const shape = shapeOf(body);
    return body.stream ? { events: stream(body, shape) } : { json: responseOf(body, shape) };
}
