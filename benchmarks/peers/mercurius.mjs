// Mercurius on Fastify, with its just-in-time compiler.
import Fastify from "fastify";
import mercurius from "mercurius";
import { resolvers, typeDefs } from "./integrations.mjs";

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
