// Model servers that permit pages to read their answers in different ways.
import { once } from 'node:events';
import { createServer } from 'node:http';

// What each says to a request with this origin (undefined: none) and perhaps cookies.
const rules = {
    // vLLM: everybody, but only where an origin is told.
    star: (origin) => (origin ? { 'Access-Control-Allow-Origin': '*' } : {}),
    // llama.cpp: whoever asks, by name, without Vary; with credentials.
    echo: (origin) => ({
        'Access-Control-Allow-Origin': origin ?? '',
        'Access-Control-Allow-Credentials': 'true',
    }),
    // Starlette with allow_credentials: everybody without cookies, by name with them.
    starlette: (origin, cookie) => (!origin ? {} : {
        'Access-Control-Allow-Origin': cookie ? origin : '*',
        'Access-Control-Allow-Credentials': 'true',
        ...(cookie ? { Vary: 'Origin' } : {}),
    }),
    // A list.
    list: (origin, cookie, listed) => ({
        Vary: 'Origin',
        ...(listed.includes(origin) ? { 'Access-Control-Allow-Origin': origin } : {}),
    }),
    // Only this one, whoever asks.
    fixed: (origin, cookie, listed) => ({ 'Access-Control-Allow-Origin': listed[0] ?? '' }),
    // No page at all.
    none: () => ({}),
};

async function readBody(request) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    return Buffer.concat(pieces).toString();
}

function preflight(request, said, named) {
    const allowed = said['Access-Control-Allow-Origin'];
    return allowed === undefined ? { ...said } : {
        ...said,
        ...(allowed === '*' && said['Access-Control-Allow-Credentials']
            ? { 'Access-Control-Allow-Origin': request.headers.origin } : {}),
        'Access-Control-Allow-Methods': 'GET, POST',
        // "*" does not stand for Authorization (Fetch standard, §3.2.5): llama.cpp asks no page for it.
        'Access-Control-Allow-Headers': named ? 'authorization,content-type' : '*',
    };
}

function events(text, tellUsage) {
    const chunk = (delta, reason = null) => `data: ${JSON.stringify({
        id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm',
        choices: [{ index: 0, delta, finish_reason: reason }],
    })}\n\n`;
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const last = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1,
        model: 'm', choices: [], usage })}\n\n`;
    return [
        chunk({ role: 'assistant', content: '' }), chunk({ content: text }), chunk({}, 'stop'),
        ...(tellUsage ? [last] : []), 'data: [DONE]\n\n',
    ];
}

function completion(text) {
    return {
        id: 'c', object: 'chat.completion', created: 1, model: 'm',
        choices: [{
            index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop',
        }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    };
}

// Gives { url, count(), permit(origins), hold(), release(), stop }. count() tells how many requests
// came that are no preflights; while answers are held, arrived() resolves when one is waiting.
export async function startServer(rule) {
    let count = 0;
    let listed = [];
    let held = null;
    const server = createServer(async (request, response) => {
        const { origin, cookie } = request.headers;
        const said = rules[rule](origin, cookie, listed);
        if (request.method === 'OPTIONS') {
            response.writeHead(200, preflight(request, said, rule !== 'echo'));
            response.end();
            return;
        }
        count++;
        const text = await readBody(request);
        if (held) {
            held.arrive();
            await held.released;
        }
        for (const [name, value] of Object.entries(said)) response.setHeader(name, value);
        if (request.method === 'GET') {
            response.setHeader('Content-Type', 'application/json');
            response.end(JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model' }] }));
            return;
        }
        const { messages, stream, stream_options: options } = JSON.parse(text);
        response.setHeader('Content-Type', stream ? 'text/event-stream' : 'application/json');
        const answer = `said ${messages[0].content}`;
        if (!stream) response.end(JSON.stringify(completion(answer)));
        else {
            for (const event of events(answer, options?.include_usage)) response.write(event);
            response.end();
        }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        count: () => count,
        permit: (origins) => { listed = origins; },
        hold: () => {
            let arrive, release;
            const arrived = new Promise((resolve) => { arrive = resolve; });
            const released = new Promise((resolve) => { release = resolve; });
            held = { arrive, released };
            return { arrived, release: () => { held = null; release(); } };
        },
        stop: () => { server.closeAllConnections(); server.close(); },
    };
}
