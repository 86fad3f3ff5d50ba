// Follows events by graphql-ws's client, which goes on from its last cursor whenever it connects, each time with the
// next of its tokens. Prints each event as a line of JSON, and the code of each close.
import { createClient } from 'graphql-ws';

const url = process.argv[2];
const tokens = process.env.TOKENS.split(' ');
const client = createClient({
  url,
  connectionParams: () => ({ Authorization: `Bearer ${tokens.shift()}` }),
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  shouldRetry: () => true,
  on: { closed: ({ code }) => console.log(JSON.stringify({ closed: code })) },
});
const query = 'subscription ($after: String) { events(after: $after) { cursor ... on TokenEvent { name } } }';
// The client sends this very object again when it has connected anew.
const variables = { after: process.env.AFTER };
for await (const { data, errors } of client.iterate({ query, variables })) {
  console.log(JSON.stringify(data ?? errors));
  if (data) variables.after = data.events.cursor;
}
