// completions: plain and streamed, one prompt and several.
import { testForms } from '../bench.mjs';
import { gatherChunks } from '../gather.mjs';
import { counting, receive, receiveAll, streaming } from './receive.mjs';

function formsOf(more, promptOf) {
    const ask = (client, prompt, how) =>
        client.completions.create({ prompt: promptOf(prompt), ...more, ...how });
    return {
        plain: (client, prompt) => receive(ask(client, prompt, {})),
        streamed: (client, prompt) => receiveAll(ask(client, prompt, streaming), gatherChunks),
        counted: (client, prompt) => receiveAll(ask(client, prompt, counting), gatherChunks),
    };
}

export function testCompletions(bench) {
    for (const shape of ['openai', 'vllm', 'llama']) {
        const model = `${shape}-1`;
        const ask = (question, more, promptOf = (prompt) => prompt) =>
            testForms(bench, `${shape} ${question}`, formsOf({ model, ...more }, promptOf));
        ask('completion', {});
        ask('completion without a word', { model: `${shape}-silent-1` });
        ask('completion with logprobs', { logprobs: 2 });
        // Of several choices llama.cpp counts the first in the plain answer and each in a stream.
        if (shape === 'llama') continue;
        ask('two completions', { n: 2, seed: 1 });
        ask('completion of two prompts', {}, (prompt) => [prompt, `${prompt}?`]);
    }
}
