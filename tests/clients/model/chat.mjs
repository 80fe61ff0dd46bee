// POST /v1/chat/completions as OpenAI, vLLM and llama.cpp answer it.
import {
    calls, countUsage, created, interleave, logprobEntry, pieces, reasoning, shapeOf, structured,
    textOf, texts, timings,
} from './text.mjs';

// As OpenRouter annotates a file of the request. Answers that cite addresses are not stored.
const citation = {
    type: 'file', file: { hash: 'f0', name: 'fox.pdf', content: [{ type: 'text', text: 'Füchse' }] },
};

// What one choice says; a limit, however high, cuts it.
function speak(body, index) {
    const said = index ? texts[1] : textOf(body);
    const text = body.response_format ? structured : said;
    return body.max_tokens ? text.slice(0, 13) : text;
}

// What one choice holds, whatever the shape. Tools are called until they have been answered.
function think(body, index) {
    const calling = body.tools && body.messages.at(-1).role !== 'tool';
    const refusing = body.model.includes('refusing');
    const mute = refusing || (calling && !body.model.includes('talking'));
    const text = mute ? null : speak(body, index);
    return {
        index,
        reasoning: body.reasoning_effort && shapeOf(body) !== 'openai' ? reasoning : null,
        text,
        refusal: refusing ? texts[1] : null,
        // One whose name says so cites. (Models that search are not looked up.)
        citations: body.model.includes('cited') ? [citation] : [],
        calls: calling ? calls.map((call, at) => ({ ...call, id: `call_${index}${at}x7` })) : [],
        finish: calling ? 'tool_calls' : body.max_tokens ? 'length' : 'stop',
        entries: body.logprobs && text
            ? pieces(text).map((piece, at) => logprobEntry(piece, at, shapeOf(body)))
            : null,
        // vLLM tells the tokens, a few for each piece.
        tokens: body.return_token_ids ? pieces(text).map((_, at) => [900 + at, at]) : null,
    };
}

const head = {
    openai: { service_tier: 'default', system_fingerprint: 'fp_44709d6fcb' },
    vllm: {},
    llama: { system_fingerprint: 'b1-de3ff81' },
};

const usageDetails = {
    openai: {
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0, rejected_prediction_tokens: 0 },
    },
    vllm: {},
    llama: { prompt_tokens_details: { cached_tokens: 0 } },
};

const reasoningField = { openai: '', vllm: 'reasoning', llama: 'reasoning_content' };

const PROMPT_TOKENS = [151644, 8948, 198];

// vLLM names itself only where it also finishes.
const vllmName = { system_fingerprint: 'vllm-0.20-tp1-9c2b' };

function envelope(shape, object, body) {
    return { id: `chatcmpl-${shape}7Yk`, object, created, model: body.model, ...head[shape] };
}

// llama.cpp counts each choice on its own, and tells the first one's in a plain answer.
function usageOf(shape, body) {
    const times = shape === 'llama' ? 1 : body.n ?? 1;
    return { ...countUsage(42, 28 * times), ...usageDetails[shape] };
}

function toolCall(call) {
    return {
        id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments },
    };
}

function plainMessage(shape, thought) {
    const tools = thought.calls.length ? { tool_calls: thought.calls.map(toolCall) } : {};
    // llama.cpp never says null here.
    const content = shape === 'llama' ? thought.text ?? '' : thought.text;
    const message = { role: 'assistant', content, ...tools };
    if (thought.reasoning) message[reasoningField[shape]] = thought.reasoning;
    if (shape === 'openai')
        return { ...message, refusal: thought.refusal, annotations: thought.citations };
    if (shape === 'vllm')
        return { tool_calls: [], refusal: null, annotations: null, audio: null, ...message };
    return message;
}

function plainChoice(shape, thought) {
    const choice = { index: thought.index, message: plainMessage(shape, thought) };
    if (thought.entries) choice.logprobs = { content: thought.entries };
    else if (shape !== 'llama') choice.logprobs = null;
    choice.finish_reason = thought.finish;
    if (shape !== 'vllm') return choice;
    return { ...choice, stop_reason: null, token_ids: thought.tokens?.flat() ?? null };
}

function plain(shape, body, thoughts) {
    const answer = {
        ...envelope(shape, 'chat.completion', body),
        choices: thoughts.map((thought) => plainChoice(shape, thought)),
        usage: usageOf(shape, body),
    };
    if (shape === 'vllm')
        return {
            ...answer, ...vllmName, prompt_logprobs: null,
            prompt_token_ids: body.return_token_ids ? PROMPT_TOKENS : null,
        };
    return shape === 'llama' ? { ...answer, timings } : answer;
}

// All deltas of a choice, in order: { delta, entry, tokens }.
function deltas(shape, thought) {
    const silent = shape === 'llama' || (shape === 'openai' && thought.text === null);
    const first = { role: 'assistant', content: silent ? null : '' };
    if (shape === 'openai') first.refusal = null;
    const all = [{ delta: first }];
    for (const piece of pieces(thought.reasoning ?? ''))
        all.push({ delta: { [reasoningField[shape]]: piece } });
    const { entries, tokens } = thought;
    for (const [at, content] of pieces(thought.text ?? '').entries())
        all.push({ delta: { content }, entry: entries?.[at], tokens: tokens?.[at] });
    for (const refusal of pieces(thought.refusal ?? '')) all.push({ delta: { refusal } });
    if (thought.citations.length) all.push({ delta: { annotations: thought.citations } });
    for (const [index, call] of thought.calls.entries()) {
        const [begin, ...more] = pieces(call.arguments);
        // llama.cpp begins the arguments where it names the function.
        const start = { ...call, arguments: shape === 'llama' ? begin : '' };
        const rest = shape === 'llama' ? more : [begin, ...more];
        all.push({ delta: { tool_calls: [{ index, ...toolCall(start) }] } });
        for (const part of rest)
            all.push({ delta: { tool_calls: [{ index, function: { arguments: part } }] } });
    }
    return all;
}

// The chunks' choices; vLLM finishes on the last one with content, the others on one of its own.
function choices(shape, thought) {
    const all = deltas(shape, thought).map(({ delta, entry, tokens }) => {
        const choice = { index: thought.index, delta, finish_reason: null };
        if (tokens) choice.token_ids = tokens;
        if (entry) choice.logprobs = { content: [entry] };
        else if (shape !== 'llama') choice.logprobs = null;
        return choice;
    });
    if (shape === 'vllm')
        Object.assign(all.at(-1), { finish_reason: thought.finish, stop_reason: null });
    else
        all.push({ index: thought.index, delta: {}, finish_reason: thought.finish });
    return all;
}

function usageChunks(shape, body, base) {
    const times = shape === 'llama' ? body.n ?? 1 : 1;
    return Array(times).fill({ ...base, choices: [], usage: usageOf(shape, body) });
}

function stream(shape, body, thoughts) {
    const base = envelope(shape, 'chat.completion.chunk', body);
    const counted = body.stream_options?.include_usage === true;
    const chunks = interleave(thoughts.map((thought) => choices(shape, thought)))
        .map((choice) => ({ ...base, choices: [choice] }));
    if (shape === 'openai') {
        for (const [at, chunk] of chunks.entries()) {
            chunk.obfuscation = 'x'.repeat(at % 9);
            if (counted) chunk.usage = null;
        }
    }
    if (body.return_token_ids) chunks[0].prompt_token_ids = PROMPT_TOKENS;
    if (counted) chunks.push(...usageChunks(shape, body, base));
    if (shape === 'vllm') Object.assign(chunks.at(-1), vllmName);
    if (shape === 'llama') Object.assign(chunks.at(-1), { timings });
    return chunks.map((chunk) => [null, chunk]);
}

// Either { json } or { events }: pairs of the event's name, or null, and its data.
export function answerChat(body) {
    if (!body.messages?.length)
        return { status: 400, json: { error: {
            message: 'messages must not be empty', type: 'invalid_request_error', param: 'messages',
            code: null,
        } } };
    const shape = shapeOf(body);
    const thoughts = Array.from({ length: body.n ?? 1 }, (_, index) => think(body, index));
    return body.stream ? { events: stream(shape, body, thoughts), done: true }
        : { json: plain(shape, body, thoughts) };
}
