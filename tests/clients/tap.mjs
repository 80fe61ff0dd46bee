// Cases in a row, reported in TAP (https://testanything.org/tap-version-13-specification.html).
const cases = [];

export function test(name, run) {
    cases.push({ name, run });
}

// Why nothing can be tested here; ends the process.
export function skipAll(reason) {
    console.log(`1..0 # SKIP ${reason}`);
    process.exit(0);
}

// Runs the cases in order of their definition. Gives the number of those that failed.
export async function runAll() {
    let failed = 0;
    console.log(`1..${cases.length}`);
    for (const [index, { name, run }] of cases.entries()) {
        try {
            await run();
            console.log(`ok ${index + 1} - ${name}`);
        } catch (error) {
            failed++;
            for (const line of String(error.stack ?? error).split('\n')) console.log(`# ${line}`);
            console.log(`not ok ${index + 1} - ${name}`);
        }
    }
    return failed;
}
