// What the scripted model says, in whichever shape, and how its streams cut it into pieces.

// Everything that a replay could trip over: quotes, escapes, line ends, characters of one to four
// bytes, and the look of the protocol itself.
export const texts = [
    'Ein "Fuchs" \\ sprang\n\tüber 两只 懒狗 – 🦊🏽!\n\ndata: [DONE]\n\nand \u2028 was\u0000 gone.  ',
    '{"not": "JSON", \\u00e9 </s> <|im_end|> \u{1d11e} e\u0301',
];
// What a model says first; a silent one says nothing.
export function textOf(body) {
    return body.model.includes('silent') ? '' : texts[0];
}

export const reasoning = 'Two ways lead there.\n"Left" is – perhaps – 近い.';
export const structured = '{"city":"Zürich \\"West\\"","days":3,"rain":1.50}';

// Tool calls, their arguments spelled as a model spells them.
export const calls = [
    { name: 'look_up', arguments: '{"place" : "Zürich \\"West\\"",\n "days":3}' },
    { name: 'look_up', arguments: '{"place":"大阪 🏯","days": 12}' },
];

const CUTS = [1, 4, 2, 11, 7, 3];

// The text in pieces of irregular length, cut between characters.
export function pieces(text) {
    const characters = [...text];
    const cut = [];
    for (let start = 0; start < characters.length;) {
        const length = CUTS[cut.length % CUTS.length];
        cut.push(characters.slice(start, start + length).join(''));
        start += length;
    }
    return cut;
}

// Lists one after the other, as models interleave choices: the first of each, the second of each.
export function interleave(lists) {
    const longest = Math.max(...lists.map((list) => list.length));
    return Array.from({ length: longest }, (_, at) =>
        lists.filter((list) => at < list.length).map((list) => list[at])).flat();
}

// One token's entry of a chat's logprobs; llama.cpp adds the token's id.
function token(text, id, logprob) {
    return { ...(id && { id }), token: text, logprob, bytes: [...Buffer.from(text)] };
}

export function logprobEntry(piece, at, shape) {
    const id = shape === 'llama' ? 100 + at : undefined;
    const best = token(piece, id, -0.25 - at / 8);
    return { ...best, top_logprobs: [best, token('?', id && 7, -3.0000001192092896)] };
}

export const created = 1795199260;

export function countUsage(prompt, completion) {
    return {
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens: prompt + completion,
    };
}

// llama.cpp's own numbers.
export const timings = { prompt_n: 42, prompt_ms: 25.09, predicted_n: 28, predicted_ms: 22.073 };

// A model's name begins with the shape of its answers: openai, vllm, llama.
export function shapeOf(body) {
    return /^(openai|vllm|llama|anthropic)/.exec(body.model)[0];
}
