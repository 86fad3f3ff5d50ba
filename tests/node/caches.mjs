// Sends the same operations through a client's normalized cache, and prints the cache's answers as lines of JSON.
// Reads lines of JSON from its input: {query, variables} asks the server, {cached, variables} only the cache, and
// {record} prints the entity with this id.
import { createInterface } from 'node:readline';

import { apollo, relay, urql } from './cache_clients.mjs';

const [cache, url] = process.argv.slice(2);
const client = { apollo, relay, urql }[cache](url, { Authorization: `Bearer ${process.env.TOKEN}` });
for await (const line of createInterface({ input: process.stdin })) {
  const { query, cached, record, variables = {} } = JSON.parse(line);
  const answer = query ? await client.ask(query, variables) : cached ? client.read(cached, variables) : client.entity(record);
  console.log(JSON.stringify((await answer) ?? null));
}
