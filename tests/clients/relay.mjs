// Appended to the page's snippets: lists integrations, creates one twice, follows the events.
import { commitMutation, fetchQuery, requestSubscription } from "relay-runtime";
import create from "./src/__generated__/appCreateMutation.graphql.js";
import follow from "./src/__generated__/appFollowSubscription.graphql.js";
import list from "./src/__generated__/appListQuery.graphql.js";

const { AFTER, KEY } = process.env;
const print = (told) => console.log(JSON.stringify(told));
const { integrations } = await fetchQuery(environment, list, { first: 2 }).toPromise();
print(integrations.edges.map(({ node }) => node.name));
const variables = { input: { name: "Created", authentication: { secretKey: KEY } } };
for (let times = 0; times < 2; times++) {
  const { createIntegration } = await new Promise((onCompleted, onError) => {
    commitMutation(environment, { mutation: create, variables, onCompleted, onError });
  });
  print(createIntegration);
}
requestSubscription(environment, {
  subscription: follow,
  variables: { after: AFTER },
  onNext: ({ events }) => print(events),
  onError: (error) => print({ error: String(error) }),
});
