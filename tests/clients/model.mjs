// The scripted model server: gives the same answer to the same question, always, in the shapes of
// OpenAI, vLLM, llama.cpp and Anthropic (which one: the model's name). Plain and streamed answers
// say the same; streams are cut irregularly, into events and into pieces on the wire.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { answerChat } from './model/chat.mjs';
import { answerCompletion } from './model/completions.mjs';
import { answerEmbeddings } from './model/embeddings.mjs';
import { answerMessages } from './model/messages.mjs';
import { answerResponse } from './model/responses.mjs';

const routes = {
    '/v1/chat/completions': answerChat,
    '/v1/completions': answerCompletion,
    '/v1/embeddings': answerEmbeddings,
    '/v1/messages': answerMessages,
    '/v1/responses': answerResponse,
};

const PIECES = [1, 7, 640, 3, 150, 2300, 23];

async function readBody(request) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    return Buffer.concat(pieces).toString();
}

// The events as bytes of SSE.
function frames({ events, done }) {
    const text = events.map(([name, data]) =>
        `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`).join('');
    return Buffer.from(done ? `${text}data: [DONE]\n\n` : text);
}

class Model {
    bodies = [];     // of the questions that came, parsed
    #held = null;    // resolves when answers may go on
    #release = null;
    #asked = null;   // tells whoever holds answers that a question came

    // From now on answers stop in their middle, until release(). Gives a promise of a question.
    hold() {
        this.#held ??= new Promise((resolve) => { this.#release = resolve; });
        return new Promise((resolve) => { this.#asked = resolve; });
    }

    release() {
        this.#release?.();
        this.#held = null;
    }

    async #stream(answer, response) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
        const bytes = frames(answer);
        let held = this.#held;
        for (let start = 0, at = 0; start < bytes.length && !response.destroyed; at++) {
            const length = PIECES[at % PIECES.length];
            response.write(bytes.subarray(start, start + length));
            start += length;
            await turn();
            if (start < bytes.length / 2) continue;
            await held;
            held = null;
        }
        response.end();
    }

    async answer(request, response) {
        const body = await readBody(request);
        const { pathname } = new URL(request.url, 'http://model');
        const route = routes[pathname];
        if (pathname === '/v1/models') {
            response.setHeader('Content-Type', 'application/json');
            response.end('{"object":"list","data":[{"id":"openai-1","object":"model"}]}');
            return;
        }
        if (!route) {
            response.writeHead(404).end();
            return;
        }
        this.bodies.push(JSON.parse(body));
        const answer = route(this.bodies.at(-1));
        this.#asked?.();
        if (answer.events) {
            await this.#stream(answer, response);
            return;
        }
        await this.#held;
        response.writeHead(answer.status ?? 200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(answer.json));
    }
}

// Gives { model, url, stop }; stop() ends it, and its connections with it.
export async function startModel() {
    const model = new Model();
    const server = createServer((request, response) => {
        model.answer(request, response).catch((error) => response.destroy(error));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stop = async () => {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
    };
    return { model, url: `http://127.0.0.1:${server.address().port}`, stop };
}
