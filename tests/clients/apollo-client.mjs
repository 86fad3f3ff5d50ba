// Appended to the page's snippets: lists two pages as one, creates an integration twice, follows the events.
import { gql } from "@apollo/client";

const { LIST, CREATE, FOLLOW, AFTER, KEY } = process.env;
const print = (told) => console.log(JSON.stringify(told));
const list = client.watchQuery({ query: gql(LIST), variables: { first: 1 } });
const showing = (rows) =>
  new Promise((resolve) =>
    list.subscribe(({ data }) => data?.integrations.edges.length === rows && resolve(data.integrations)),
  );
const { pageInfo } = await showing(1);
await list.fetchMore({ variables: { after: pageInfo.endCursor } });
print((await showing(2)).edges.map(({ node }) => node.name));
const input = { name: "Created", authentication: { secretKey: KEY } };
for (let times = 0; times < 2; times++) {
  print((await client.mutate({ mutation: gql(CREATE), variables: { input } })).data.createIntegration);
}
client.subscribe({ query: gql(FOLLOW), variables: { after: AFTER } }).subscribe({
  next: ({ data }) => print(data.events),
  error: (error) => print({ error: String(error) }),
});
