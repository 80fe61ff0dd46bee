// Starts the demo model server and Reprise before it, each on a port of its own, for a test.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const LISTENING = /listening address=(\S+)/;
const children = [];

// Runs a program until it says where it listens, on either of its outputs. Gives the address.
function start(binary, args) {
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const said = [];
    return new Promise((resolve, reject) => {
        for (const output of [child.stdout, child.stderr]) {
            createInterface({ input: output }).on('line', (line) => {
                said.push(line);
                const found = LISTENING.exec(line);
                if (found) resolve(found[1]);
            });
        }
        child.on('error', reject);
        child.on('exit', (code, signal) =>
            reject(new Error(`${binary} ended (${code ?? signal}): ${said.join('\n')}`)));
    });
}

// Both servers: { proxy, model }, their base URLs.
export async function startBoth(reprise, demoModel) {
    const model = `http://${await start(demoModel, ['--port', '0', '--fast'])}`;
    const proxy = `http://${await start(reprise, ['--listen', '127.0.0.1:0', '--upstream', model])}`;
    return { proxy, model };
}

// Ends them with SIGTERM, the proxy first. True if all of them ended well.
export async function stopAll() {
    let well = true;
    for (const child of children.reverse()) {
        if (child.exitCode === null && child.signalCode === null) {
            const ended = new Promise((resolve) => child.once('exit', resolve));
            child.kill('SIGTERM');
            await ended;
        }
        well &&= child.exitCode === 0;
    }
    return well;
}

// How many POST requests came to the model so far.
export async function countPosts(model) {
    const answer = await fetch(`${model}/demo/count`);
    return (await answer.json()).posts;
}
