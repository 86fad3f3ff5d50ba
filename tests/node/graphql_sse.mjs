// Runs the document that is given by graphql-sse's client, and prints its results, each as a line of JSON.
import { createClient } from 'graphql-sse';

const [url, query] = process.argv.slice(2);
const client = createClient({ url, headers: { authorization: `Bearer ${process.env.TOKEN}` }, retryAttempts: 0 });
for await (const result of client.iterate({ query })) console.log(JSON.stringify(result));
console.log(JSON.stringify('complete'));
