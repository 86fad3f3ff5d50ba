// Asks twice by Apollo Client's persisted queries. Prints both results, and what each request held, as lines of JSON.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { createHash } from 'node:crypto';

const [uri, method] = process.argv.slice(2);
const sent = [];
const http = new HttpLink({
  uri,
  headers: { authorization: `Bearer ${process.env.TOKEN}` },
  fetch: (url, init) => {
    const params = init.body ? JSON.parse(init.body) : Object.fromEntries(new URL(url).searchParams);
    sent.push(params.query ? 'document' : 'hash');
    return fetch(url, init);
  },
});
const persisted = new PersistedQueryLink({
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
  useGETForHashedQueries: method === 'GET',
});
const client = new ApolloClient({ link: ApolloLink.from([persisted, http]), cache: new InMemoryCache() });
for (let round = 0; round < 2; round++) {
  const { data } = await client.query({ query: gql`{ viewer { name } }`, fetchPolicy: 'network-only' });
  console.log(JSON.stringify({ name: data.viewer.name }));
}
console.log(JSON.stringify(sent));
