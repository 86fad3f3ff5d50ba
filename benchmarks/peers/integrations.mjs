// The schema and resolvers of Mercurius and Apollo. They use pg with prepared statements and a connection pool.
import { GraphQLScalarType } from "graphql";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const organization = process.env.ORGANIZATION_ID;

const FOUND = `SELECT i.id, i.provider, i.name, i.active, i.created_at AS "createdAt", i.updated_at AS "updatedAt",
    c.status AS "credentialStatus", c.masked_secret AS "maskedSecret"
  FROM integrations i JOIN credentials c ON c.id = i.credential_id WHERE i.organization_id = $1`;
const SINGLE = { name: "single", text: `${FOUND} AND i.id = $2` };
const FIRST_PAGE = { name: "first page", text: `${FOUND} ORDER BY i.id DESC LIMIT $2` };
const NEXT_PAGE = { name: "next page", text: `${FOUND} AND i.id < $3 ORDER BY i.id DESC LIMIT $2` };

export const typeDefs = `
  scalar DateTime
  enum Provider { STRIPE }
  enum IntegrationStatus { ACTIVE INACTIVE NEEDS_ATTENTION }
  type Credential { maskedSecret: String }
  type Integration {
    id: ID!
    provider: Provider!
    name: String!
    status: IntegrationStatus!
    createdAt: DateTime!
    updatedAt: DateTime!
    credential: Credential!
  }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type IntegrationEdge { cursor: String! node: Integration! }
  type IntegrationConnection { edges: [IntegrationEdge!]! pageInfo: PageInfo! }
  type Query {
    integrations(first: Int = 20, after: String): IntegrationConnection!
    integration(id: ID!): Integration
  }`;

export const resolvers = {
  DateTime: new GraphQLScalarType({ name: "DateTime", serialize: (date) => date.toISOString() }),
  Query: { integrations, integration },
  Integration: { status, credential: (row) => row },
};

async function integrations(_, { first, after }) {
  const rows = after
    ? await read(NEXT_PAGE, [organization, first + 1, decoded(after)])
    : await read(FIRST_PAGE, [organization, first + 1]);
  const edges = rows.slice(0, first).map((row) => ({ cursor: encoded(row.id), node: row }));
  const pageInfo = {
    hasNextPage: rows.length > first,
    hasPreviousPage: after != null,
    startCursor: edges.at(0)?.cursor,
    endCursor: edges.at(-1)?.cursor,
  };
  return { edges, pageInfo };
}

async function integration(_, { id }) {
  return (await read(SINGLE, [organization, id])).at(0);
}

async function read(statement, values) {
  return (await pool.query({ ...statement, values })).rows;
}

function status({ active, credentialStatus }) {
  if (!active) return "INACTIVE";
  return credentialStatus === "CONNECTED" ? "ACTIVE" : "NEEDS_ATTENTION";
}

function encoded(id) {
  return Buffer.from(id).toString("base64url");
}

function decoded(cursor) {
  return Buffer.from(cursor, "base64url").toString();
}
