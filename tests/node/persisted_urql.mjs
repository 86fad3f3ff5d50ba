// Asks twice by urql's persisted queries. Prints both results, and what each request held, as lines of JSON.
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

const [url, method] = process.argv.slice(2);
const sent = [];
const client = new Client({
  url,
  preferGetMethod: false,
  fetchOptions: { headers: { authorization: `Bearer ${process.env.TOKEN}` } },
  fetch: (address, init) => {
    const params = init.body ? JSON.parse(init.body) : Object.fromEntries(new URL(address).searchParams);
    sent.push(params.query ? 'document' : 'hash');
    return fetch(address, init);
  },
  exchanges: [persistedExchange({ preferGetForPersistedQueries: method === 'GET' }), fetchExchange],
});
for (let round = 0; round < 2; round++) {
  const { data } = await client.query('{ viewer { name } }', {}, { requestPolicy: 'network-only' }).toPromise();
  console.log(JSON.stringify({ name: data.viewer.name }));
}
console.log(JSON.stringify(sent));
