// responses: as data, as typed events, and through the helpers.
import { testForms } from '../bench.mjs';
import { gatherResponse } from '../gather.mjs';
import { receive, receiveAll, streaming } from './receive.mjs';

function formsOf(more) {
    const ask = (prompt) => ({ input: prompt, store: false, ...more });
    return {
        plain: (client, prompt) => receive(client.responses.create(ask(prompt))),
        streamed: (client, prompt) => receiveAll(
            client.responses.create({ ...ask(prompt), ...streaming }), gatherResponse),
        parsed: (client, prompt) => receive(client.responses.parse(ask(prompt))),
        helped: (client, prompt) =>
            receive(client.responses.stream(ask(prompt)).finalResponse()),
    };
}

const tools = [{
    type: 'function', name: 'look_up', strict: true,
    parameters: {
        type: 'object', properties: { place: { type: 'string' } }, required: ['place'],
        additionalProperties: false,
    },
}];

export function testResponses(bench) {
    for (const shape of ['openai', 'vllm', 'llama']) {
        const model = `${shape}-1`;
        const ask = (question, more) => {
            const forms = formsOf({ model, ...more });
            // The helper needs the places of items, which llama.cpp does not tell, and refuses
            // events that it does not know, such as vLLM's of reasoning.
            if (shape === 'llama' || (shape === 'vllm' && more.reasoning)) delete forms.helped;
            testForms(bench, `${shape} ${question}`, forms);
        };
        ask('response', {});
        ask('response without a word', { model: `${shape}-silent-1` });
        ask('response with tools', { tools });
        if (shape === 'openai') {
            ask('response that is refused', { model: 'openai-refusing-1' });
            ask('response with annotations', { model: 'openai-cited-1' });
            ask('response with logprobs',
                { top_logprobs: 1, include: ['message.output_text.logprobs'] });
        }
        ask('response with reasoning', { tools, reasoning: { effort: 'low' } });
    }
}
