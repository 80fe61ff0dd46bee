// The official openai client (README.md).
//
//   node openai.mjs REPRISE      the path of the binary
import { Bench } from './bench.mjs';
import { testChat } from './openai/chat.mjs';
import { testCompletions } from './openai/completions.mjs';
import { testEmbeddings } from './openai/embeddings.mjs';
import { testReplay } from './openai/replay.mjs';
import { testResponses } from './openai/responses.mjs';
import { testSharing } from './openai/sharing.mjs';
import { skipAll } from './tap.mjs';

const OpenAI = await import('openai').then(
    (module) => module.default,
    () => skipAll('the openai package is not installed (npm ci)'),
);

function makeClient({ baseURL, fetch }) {
    return new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: 'sk-one', maxRetries: 0, fetch });
}

const bench = await Bench.start(process.argv[2], makeClient);

testChat(bench);
testCompletions(bench);
testEmbeddings(bench);
testResponses(bench);
await testReplay(bench);
testSharing(bench);

await bench.run();
