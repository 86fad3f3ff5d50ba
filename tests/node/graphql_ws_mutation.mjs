// Sends one mutation by graphql-ws's client, which sends it again if its socket breaks. Prints the result, and the
// number of sockets, as lines of JSON. INPUT holds the variable, KEY an idempotency key or nothing.
import { createClient } from 'graphql-ws';

const [url, query] = process.argv.slice(2);
let sockets = 0;
const client = createClient({
  url,
  connectionParams: { authorization: `Bearer ${process.env.TOKEN}` },
  retryAttempts: 5,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  shouldRetry: () => true,
  on: { connected: () => sockets++ },
});
const extensions = process.env.KEY ? { idempotencyKey: process.env.KEY } : undefined;
for await (const result of client.iterate({ query, variables: { input: JSON.parse(process.env.INPUT) }, extensions })) {
  console.log(JSON.stringify(result));
}
console.log(JSON.stringify(sockets));
