// Where a client is tried: the scripted model server, Reprise before it, and the client at both.
import assert from 'node:assert/strict';
import { startModel } from './model.mjs';
import { plainly } from './gather.mjs';
import { startReprise } from './reprise.mjs';
import { runAll, test } from './tap.mjs';

// The fetch that a client is given: notes the head of each answer, the last one last.
function notingFetch(heads) {
    return async (...question) => {
        const answer = await fetch(...question);
        heads.push(answer.headers);
        return answer;
    };
}

export class Bench {
    // makeClient({ baseURL, fetch }) gives the client; its base URL has no path.
    static async start(binary, makeClient) {
        const bench = new Bench();
        Object.assign(bench, { binary, makeClient, proxies: [], heads: [] });
        Object.assign(bench, await startModel());
        bench.direct = makeClient({ baseURL: bench.url, fetch });
        bench.cached = await bench.clientBehind();
        return bench;
    }

    // A client of a Reprise of its own, with these settings. Answers without a word are kept, so that
    // their forms are compared, too.
    async clientBehind(...settings) {
        const all = ['cache.store_empty=yes', ...settings];
        const proxy = await startReprise(this.binary, this.url, all);
        this.proxies.push(proxy);
        return this.makeClient({ baseURL: proxy.url, fetch: notingFetch(this.heads) });
    }

    // The X-Cache of the last answer that came through Reprise.
    get xCache() {
        return this.heads.at(-1)?.get('x-cache');
    }

    // And the tokens it saved.
    get saved() {
        return this.heads.at(-1)?.get('x-cache-tokens-saved') ?? '';
    }

    // The bodies of the questions that reach the model while something runs.
    async bodies(run) {
        const before = this.model.bodies.length;
        await run();
        return this.model.bodies.slice(before);
    }

    // Runs all cases and ends everything.
    async run() {
        let failed = 1;
        try {
            failed = await runAll();
        } finally {
            this.model.release();
            for (const proxy of this.proxies) {
                if (await proxy.stop()) continue;
                console.log('# Reprise did not end well');
                failed++;
            }
            await this.stop();
        }
        process.exitCode = failed ? 1 : 0;
    }
}

// Tries a question in all the forms that a client can ask it: `forms` has a function for each,
// ask(client, prompt), that gives { data, meaning }. Each form in its turn is the first to be asked
// of Reprise and generates the one answer, of which all the others are then made. They mean what
// the model itself says in that form, do not change when they are asked again, and tell what they
// saved.
export function testForms(bench, question, forms, { saved = /^prompt=\d+, completion=\d+$/ } = {}) {
    for (const first of Object.keys(forms)) {
        test(`${question}, first ${first}`, async () => {
            const prompt = `${question}, ${first}`;
            const own = {};
            for (const [form, ask] of Object.entries(forms))
                own[form] = plainly((await ask(bench.direct, prompt)).meaning);

            const others = Object.keys(forms).filter((form) => form !== first);
            const bodies = await bench.bodies(async () => {
                for (const form of [first, ...others]) {
                    const once = await forms[form](bench.cached, prompt);
                    assert.equal(bench.xCache, form === first ? 'MISS' : 'HIT', form);
                    assert.deepEqual(plainly(once.meaning), own[form], form);
                    const again = await forms[form](bench.cached, prompt);
                    assert.equal(bench.xCache, 'HIT', `${form} again`);
                    assert.match(bench.saved, saved);
                    assert.deepEqual(again.data, once.data, `${form} again`);
                }
            });
            assert.equal(bodies.length, 1);
        });
    }
}
