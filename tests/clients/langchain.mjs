// LangChain's OpenAI classes (README.md).
//
//   node langchain.mjs REPRISE      the path of the binary
import { Bench, testForms } from './bench.mjs';
import { skipAll } from './tap.mjs';

const { ChatOpenAI, OpenAIEmbeddings } = await import('@langchain/openai').catch(
    () => skipAll('the @langchain/openai package is not installed (npm ci)'),
);

const makeClient = ({ baseURL, fetch }) => (more, kind = ChatOpenAI) => new kind({
    apiKey: 'sk-one', maxRetries: 0, ...more, configuration: { baseURL: `${baseURL}/v1`, fetch },
});

// What a program reads of a message, or of the chunks of one, put together.
function receive(message) {
    const { id, content, tool_calls, additional_kwargs, response_metadata, usage_metadata } = message;
    const data = { id, content, tool_calls, additional_kwargs, response_metadata, usage_metadata };
    const meaning = structuredClone(data);
    // vLLM tells it in the chunk with the usage, if there is one, which LangChain does not read it
    // from; a stream that is made of a plain answer has it in every chunk.
    if (response_metadata.model_name?.startsWith('vllm'))
        delete meaning.response_metadata.system_fingerprint;
    return { data, meaning };
}

async function invoke(chat, prompt) {
    return receive(await chat.invoke(prompt));
}

async function stream(chat, prompt) {
    let whole;
    for await (const chunk of await chat.stream(prompt)) whole = whole?.concat(chunk) ?? chunk;
    return receive(whole);
}

const tools = [{
    type: 'function',
    function: {
        name: 'look_up',
        parameters: { type: 'object', properties: { place: { type: 'string' } } },
    },
}];

function formsOf(model, bind = (chat) => chat, options = {}) {
    const chat = (client, more) => bind(client({ model, ...options, ...more }));
    return {
        invoke: (client, prompt) => invoke(chat(client), prompt),
        stream: (client, prompt) => stream(chat(client), prompt),
        'stream without usage': (client, prompt) =>
            stream(chat(client, { streamUsage: false }), prompt),
    };
}

const bench = await Bench.start(process.argv[2], makeClient);

for (const shape of ['openai', 'vllm', 'llama']) {
    const model = `${shape}-1`;
    testForms(bench, `${shape} chat`, formsOf(model));
    testForms(bench, `${shape} chat with tools`,
        formsOf(model, (chat) => chat.bindTools(tools)));
    // LangChain joins no pieces of a response that do not tell their places, as llama.cpp's.
    if (shape !== 'llama')
        testForms(bench, `${shape} response`,
            formsOf(model, (chat) => chat.bindTools(tools), { useResponsesApi: true }));
    testForms(bench, `${shape} embeddings`, {
        embedDocuments: async (client, prompt) => {
            const embeddings = client({ model }, OpenAIEmbeddings);
            const data = await embeddings.embedDocuments([prompt, `${prompt}!`, prompt]);
            return { data, meaning: data };
        },
    }, { saved: /^prompt=\d+$/ });
}

await bench.run();
