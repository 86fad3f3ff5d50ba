// Appended to the page's snippets: lists two pages as one, creates an integration twice, follows the events.
const { LIST, CREATE, FOLLOW, AFTER, KEY } = process.env;
const print = (told) => console.log(JSON.stringify(told));
const list = async (variables) => (await client.query(LIST, variables).toPromise()).data.integrations;
const { pageInfo } = await list({ first: 1 });
print((await list({ first: 1, after: pageInfo.endCursor })).edges.map(({ node }) => node.name));
const input = { name: "Created", authentication: { secretKey: KEY } };
for (let times = 0; times < 2; times++) {
  print((await client.mutation(CREATE, { input }).toPromise()).data.createIntegration);
}
client.subscription(FOLLOW, { after: AFTER }).subscribe(({ data, error }) => {
  print(data?.events ?? { error: String(error) });
});
