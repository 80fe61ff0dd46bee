// What a program gets of an answer: { data, meaning }, of data or of all events of a stream.
export async function receive(promise) {
    const data = await promise;
    return { data, meaning: data };
}

export async function receiveAll(promise, gather) {
    const data = [];
    for await (const event of await promise) data.push(event);
    return { data, meaning: gather(data) };
}

export const streaming = { stream: true };
export const counting = { stream: true, stream_options: { include_usage: true } };
