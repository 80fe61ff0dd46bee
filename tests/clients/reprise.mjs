// Starts Reprise before a model server, on a port of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const LISTENING = /listening address=(\S+)/;

// Runs the binary with these settings (`replay.ids=fresh`) and arguments until it says where it
// listens. Gives { url, stop }; stop() ends it with SIGTERM and gives whether it ended well.
export async function startReprise(binary, upstream, settings, more = []) {
    const args = ['--listen', '127.0.0.1:0', '--upstream', upstream, ...more];
    for (const setting of settings) args.push('--set', setting);
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    process.once('exit', () => child.kill());
    const said = [];
    const address = await new Promise((resolve, reject) => {
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
    const stop = async () => {
        if (child.exitCode === null && child.signalCode === null) {
            const ended = once(child, 'exit');
            child.kill('SIGTERM');
            await ended;
        }
        return child.exitCode === 0;
    };
    return { url: `http://${address}`, stop };
}
