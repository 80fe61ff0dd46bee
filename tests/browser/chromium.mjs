// Chromium, without a window, and pages in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
const LISTENING = /DevTools listening on (ws:\S+)/;

export function findChromium() {
    return PLACES.find((place) => existsSync(place));
}

// Runs it with an empty profile until it can be steered. Gives { browser, stop }.
export async function startChromium(playwright, binary) {
    const profile = mkdtempSync(join(tmpdir(), 'reprise-chromium-'));
    const child = spawn(binary, [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
        '--disable-dev-shm-usage', '--no-proxy-server', '--password-store=basic',
        `--user-data-dir=${profile}`, '--remote-debugging-address=127.0.0.1',
        '--remote-debugging-port=0', 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'pipe'] });
    process.once('exit', () => child.kill('SIGKILL'));
    const said = [];
    const address = await new Promise((resolve, reject) => {
        createInterface({ input: child.stderr }).on('line', (line) => {
            said.push(line);
            const found = LISTENING.exec(line);
            if (found) resolve(found[1]);
        });
        child.on('error', reject);
        child.on('exit', (code, signal) =>
            reject(new Error(`chromium ended (${code ?? signal}): ${said.join('\n')}`)));
    });
    const browser = await playwright.chromium.connectOverCDP(address);
    const stop = async () => {
        // Not its exit: its own children outlive it, hold its stderr, and write to the profile.
        const ended = once(child, 'close');
        await browser.close();
        child.kill('SIGTERM');
        await ended;
        rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
    };
    return { browser, stop };
}

// What a page does: one question. Gives what it can read, or { failed: true } where the browser
// keeps the answer from it.
async function ask({ url, method, headers, body, credentials, times }) {
    const one = async () => {
        try {
            const response = await fetch(url, { method, headers, body, credentials });
            return {
                status: response.status,
                body: await response.text(),
                fields: Object.fromEntries(response.headers),
            };
        } catch {
            return { failed: true };
        }
    };
    const answers = await Promise.all(Array.from({ length: times ?? 1 }, one));
    return times ? answers : answers[0];
}

// A page of an origin of its own. Gives { origin, ask(question), close }.
export async function openPage(browser) {
    const site = createServer((request, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><title>page</title>');
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const origin = `http://127.0.0.1:${site.address().port}`;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    const close = async () => {
        await context.close();
        site.closeAllConnections();
        site.close();
    };
    return {
        origin,
        close,
        ask: (question) => page.evaluate(ask, question),
        setCookie: (text) => page.evaluate((cookie) => { document.cookie = cookie; }, text),
    };
}
