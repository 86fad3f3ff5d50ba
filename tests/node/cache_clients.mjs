// Clients of others with normalized caches, behind one interface: `ask` the server, `read` the cache alone, and look at an
// `entity` of the cache. Of the settings, docs/clients.md names the one that differs from the defaults: an event's actor is no
// object of its own.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { createClient, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import relayRuntime from 'relay-runtime';

import { relayRequest } from './relay_request.mjs';

const isMutation = (query) => query.trimStart().startsWith('mutation');

export function apollo(uri, headers) {
  const cache = new InMemoryCache({ typePolicies: { Actor: { keyFields: false } } });
  const client = new ApolloClient({ cache, link: new HttpLink({ uri, headers }), defaultOptions: {} });
  return {
    async ask(query, variables) {
      const options = { variables, errorPolicy: 'all' };
      const { data, error } = isMutation(query)
        ? await client.mutate({ ...options, mutation: gql(query) })
        : await client.query({ ...options, query: gql(query), fetchPolicy: 'network-only' });
      return { data, errors: error?.errors?.map(({ extensions }) => extensions.code) ?? [] };
    },
    read: (query, variables) => cache.readQuery({ query: gql(query), variables }),
    entity: (id) => Object.values(cache.extract()).find((entity) => entity.id === id),
  };
}

export function urql(url, headers) {
  const client = createClient({ url, exchanges: [cacheExchange({ keys: { Actor: () => null } }), fetchExchange], fetchOptions: { headers }, preferGetMethod: false });
  const answer = ({ data, error }) => ({ data, errors: error?.graphQLErrors.map(({ extensions }) => extensions.code) ?? [] });
  return {
    ask: async (query, variables) =>
      answer(
        await (isMutation(query) ? client.mutation(query, variables) : client.query(query, variables, { requestPolicy: 'network-only' })),
      ),
    read: async (query, variables) => (await client.query(query, variables, { requestPolicy: 'cache-only' })).data,
    entity: () => null, // graphcache does not show its entities
  };
}

export function relay(url, headers) {
  const { Environment, Network, RecordSource, Store, createOperationDescriptor } = relayRuntime;
  const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const errors = [];
  const send = async ({ text }, variables) => {
    const body = JSON.stringify({ query: text, variables });
    const response = await fetch(url, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body });
    const payload = await response.json();
    errors.splice(0, Infinity, ...(payload.errors ?? []).map(({ extensions }) => extensions.code));
    return payload;
  };
  const getDataID = ({ id }, type) => (type === 'Actor' ? undefined : id);
  const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()), getDataID });
  const operationOf = (query, variables) => createOperationDescriptor(relayRequest(schema, query), variables);
  return {
    async ask(query, variables) {
      const operation = operationOf(query, variables);
      const execution = isMutation(query)
        ? environment.executeMutation({ operation, updater: deleteRow })
        : environment.execute({ operation });
      await execution.toPromise();
      const { data } = environment.lookup(operation.fragment);
      environment.retain(operation);
      return { data, errors: [...errors] };
    },
    read: (query, variables) => environment.lookup(operationOf(query, variables).fragment).data,
    entity: (id) => environment.getStore().getSource().get(id),
  };
}

// The work of Relay's @deleteRecord.
function deleteRow(store, data) {
  const id = data?.deleteIntegration?.deletedIntegrationId;
  if (id) store.delete(id);
}
