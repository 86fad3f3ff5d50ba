// The audits of graphql-http, of the server at the address that is given, as JSON: [{ id, name, status, reason }].
import { auditServer } from 'graphql-http';

const authorization = `Bearer ${process.env.TOKEN}`;
const results = await auditServer({
  url: process.argv[2],
  fetchFn: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, authorization } }),
});
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
