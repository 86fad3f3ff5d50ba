// The operations that relay-compiler compiles. In an application, components have them.
graphql`query appListQuery($first: Int, $after: String) {
  integrations(first: $first, after: $after) {
    edges { cursor node { id name } } pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}`;
graphql`mutation appCreateMutation($input: CreateIntegrationInput!) {
  createIntegration(input: $input) {
    __typename ... on Error { message } ... on CreateIntegrationSuccess { integration { id name } }
  }
}`;
graphql`subscription appFollowSubscription($after: String) { events(after: $after) { cursor kind } }`;
