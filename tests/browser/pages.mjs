// Pages in Chromium (README.md).
//
//   node pages.mjs REPRISE      the path of the binary
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReprise } from '../clients/reprise.mjs';
import { runAll, skipAll, test } from '../clients/tap.mjs';
import { findChromium, openPage, startChromium } from './chromium.mjs';
import { startServer } from './server.mjs';

process.setMaxListeners(0); // one for each Reprise

const playwright = await import('playwright-core').then(
    (module) => module.default,
    () => skipAll('playwright-core is not installed (npm ci)'),
);
const binary = findChromium() ?? skipAll('there is no chromium');

const { browser, stop: stopChromium } = await startChromium(playwright, binary);
const a = await openPage(browser);
const b = await openPage(browser);

const chat = (content, more = {}) => ({
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer sixteen-bytes-or-more' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more }),
});
const models = { path: '/v1/models', method: 'GET', headers: {} };
// What a page can send without a preflight.
const simply = (content) => ({
    ...chat(content), headers: { 'Content-Type': 'text/plain' },
});

const at = (server, { path, ...question }) => ({ url: server.url + path, ...question });

async function withBoth(rule, settings, run, more) {
    const model = await startServer(rule);
    const reprise = await startReprise(process.argv[2], model.url, settings, more);
    try {
        await run(model, reprise);
    } finally {
        const fine = await reprise.stop();
        model.stop();
        assert.ok(fine, 'Reprise did not end well');
    }
}

// Asks as a program does, which is no page.
async function askPlainly(server, question) {
    const { url, ...options } = at(server, question);
    const response = await fetch(url, options);
    await response.text();
    return response.headers.get('x-cache');
}

// The page reads through Reprise what it reads of the model server, with this part of the cache's.
async function sameAs(page, model, reprise, question, part) {
    const direct = await page.ask(at(model, question));
    const through = await page.ask(at(reprise, question));
    assert.equal(through.failed, direct.failed, `failed, where directly ${direct.failed}`);
    assert.equal(through.status, direct.status);
    assert.equal(through.body, direct.body);
    if (!direct.failed) {
        assert.equal(through.fields['x-cache'], part);
        assert.match(through.fields['cache-status'], /^reprise; /);
        assert.equal(through.fields.age !== undefined, part === 'HIT');
    }
    return through;
}

for (const rule of ['star', 'echo', 'starlette']) {
    test(`${rule}: a page reads misses and hits, whoever asked first`, () =>
        // Browsers ask for a language, which counts; the program does not.
        withBoth(rule, ['cache.ignore_headers=Accept-Language'], async (model, reprise) => {
            for (const stream of [false, true]) {
                const question = chat(`first ${stream}`, { stream });
                await sameAs(a, model, reprise, question, 'MISS');
                await sameAs(a, model, reprise, question, 'HIT');
                await sameAs(b, model, reprise, question, 'HIT');
                // In the other form, too.
                const other = chat(`first ${stream}`, { stream: !stream });
                const made = await b.ask(at(reprise, other));
                assert.equal(made.fields['x-cache'], 'HIT');
            }
            const question = chat('a program');
            assert.equal(await askPlainly(reprise, question), 'MISS');
            await sameAs(a, model, reprise, question, 'HIT');
        }));

    test(`${rule}: a page joins another one's answer`, () =>
        withBoth(rule, [], async (model, reprise) => {
            const question = at(reprise, chat('joined', { stream: true }));
            const hold = model.hold();
            const first = a.ask(question);
            await hold.arrived;
            const others = [b.ask({ ...question, times: 3 }), a.ask({ ...question, times: 2 })];
            hold.release();
            const answers = [await first, ...(await Promise.all(others)).flat()];
            for (const answer of answers) {
                assert.equal(answer.status, 200);
                assert.match(answer.body, /said joined/);
                assert.match(answer.fields['x-cache'], /MISS|JOIN|HIT/);
            }
            assert.equal(model.count(), 1);
        }));

    test(`${rule}: a page reads the list of models`, () =>
        withBoth(rule, [], async (model, reprise) => {
            await sameAs(a, model, reprise, models, 'MISS');
            await sameAs(a, model, reprise, models, 'HIT');
            const keyed = { ...models, headers: { Authorization: 'Bearer sixteen-bytes-or-more' } };
            await sameAs(a, model, reprise, keyed, 'MISS');
            await sameAs(b, model, reprise, keyed, 'HIT');
        }));
}

for (const rule of ['echo', 'starlette']) {
    test(`${rule}: a page asks with credentials`, () =>
        withBoth(rule, [], async (model, reprise) => {
            await a.setCookie('session=1; path=/');
            await b.setCookie('session=1; path=/');
            const question = { ...chat('with cookies'), credentials: 'include' };
            await sameAs(a, model, reprise, question, 'MISS');
            await sameAs(a, model, reprise, question, 'HIT');
            await sameAs(b, model, reprise, question, 'HIT');
            await a.setCookie('session=1; path=/; max-age=0');
            await b.setCookie('session=1; path=/; max-age=0');
        }));
}

for (const rule of ['list', 'fixed', 'none']) {
    test(`${rule}: a page that is not permitted reads nothing`, () =>
        withBoth(rule, [], async (model, reprise) => {
            model.permit([a.origin]);
            for (const question of [chat('secret'), simply('secret'), models]) {
                const permitted = rule !== 'none';
                const first = await a.ask(at(reprise, question));
                assert.equal(first.failed, permitted ? undefined : true);
                for (let i = 0; i < 3; i++) {
                    assert.deepEqual(await b.ask(at(reprise, question)), { failed: true });
                    const again = await a.ask(at(reprise, question));
                    assert.equal(again.failed, permitted ? undefined : true);
                    if (permitted) assert.equal(again.fields['x-cache'], 'HIT');
                }
                const direct = await b.ask(at(model, question));
                assert.deepEqual(direct, { failed: true });
            }
        }));
}

test('keys: preflights pass without one, and a page can read what it did wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reprise-browser-'));
    const file = join(folder, 'keys.yaml');
    writeFileSync(file, 'auth:\n  keys:\n    - key: sixteen-bytes-or-more\n      tenant: t\n');
    const run = (rule) => withBoth(rule, [], async (model, reprise) => {
            await sameAs(a, model, reprise, chat('keyed'), 'MISS');
            await sameAs(a, model, reprise, chat('keyed'), 'HIT');
            const steered = chat('keyed');
            steered.headers = { ...steered.headers, 'X-Cache-Namespace': 'n' };
            const apart = await a.ask(at(reprise, steered));
            assert.equal(apart.fields['x-cache'], 'MISS');
            const wrong = chat('keyed');
            wrong.headers = { ...wrong.headers, Authorization: 'Bearer wrong' };
            for (const question of [wrong, models, simply('x')]) {
                const refused = await a.ask(at(reprise, question));
                assert.equal(refused.status, 401);
                assert.match(refused.body, /invalid_api_key/);
                assert.match(refused.fields['cache-status'], /invalid_api_key/);
            }
    }, ['-c', file]);
    try {
        await run('star');
        await run('echo');
    } finally {
        rmSync(folder, { recursive: true });
    }
});

test('errors: a page can read those that are ours', () =>
    withBoth('echo', ['limits.body=1KiB'], async (model, reprise) => {
        const large = await a.ask(at(reprise, chat('x'.repeat(2000))));
        assert.equal(large.status, 413);
        assert.match(large.body, /body_too_large/);
        const cached = chat('nowhere');
        cached.headers = { ...cached.headers, 'Cache-Control': 'only-if-cached' };
        const absent = await a.ask(at(reprise, cached));
        assert.equal(absent.status, 504);
        assert.equal(absent.fields['x-cache'], 'MISS');
        model.stop();
        const gone = await a.ask(at(reprise, models));
        assert.equal(gone.status, 502);
        assert.match(gone.body, /upstream_unreachable/);
    }));

const failed = await runAll();
await a.close();
await b.close();
await stopChromium();
process.exit(failed ? 1 : 0);
