/** All that the console asks of the API. A test validates each document against `schema.graphql`. */

const CREDENTIAL = `fragment Credential on Credential {
  id name displayName destination method status problem account { id name }
  maskedSecret expiresAt verifiedAt createdAt updatedAt version
}`;
const INTEGRATION = `fragment Integration on Integration {
  id name provider active status createdAt updatedAt version credential { ...Credential }
} ${CREDENTIAL}`;
const TOKEN = "fragment Token on ApiToken { id name scopes maskedToken createdAt lastUsedAt expiresAt revokedAt }";
const PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const EVENT = `fragment Event on Event {
  cursor kind occurredAt actor
  ... on IntegrationEvent { name reason } ... on CredentialEvent { name } ... on TokenEvent { name }
}`;
const OUTCOME = "__typename ... on Success { message } ... on Error { message }";
const FIELD = "... on InvalidInputError { field }";
const KEY = "... on InvalidSecretKeyError { reason }";
const STALE = "... on StaleVersionError { currentVersion }";

export const VIEWER = "{ viewer { name organization { name } scopes } }";
export const EVENT_CURSOR = "{ eventCursor }";
export const FOLLOW = `subscription ($after: String) { events(after: $after) { ...Event } } ${EVENT}`;

export const CATALOGUE = `{ availableIntegrations {
  provider name description destinations { destination name authenticationMethods }
} }`;
export const INTEGRATIONS = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: IntegrationFilter) {
  integrations(first: $first, after: $after, last: $last, before: $before, filter: $filter) { nodes { ...Integration } ${PAGE} }
} ${INTEGRATION}`;
export const INTEGRATION_BY_ID = `query ($id: ID!) { integration(id: $id) { ...Integration } } ${INTEGRATION}`;
export const CREDENTIALS = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: CredentialFilter) {
  credentials(first: $first, after: $after, last: $last, before: $before, filter: $filter) { nodes { ...Credential } ${PAGE} }
} ${CREDENTIAL}`;
export const CREDENTIAL_BY_ID = `query ($id: ID!) {
  credential(id: $id) { ...Credential integrations { id name } }
} ${CREDENTIAL}`;
export const TOKENS = `query ($first: Int, $after: String, $last: Int, $before: String) {
  tokens(first: $first, after: $after, last: $last, before: $before) { nodes { ...Token } ${PAGE} }
} ${TOKEN}`;
export const EVENTS = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: EventFilter) {
  events(first: $first, after: $after, last: $last, before: $before, filter: $filter) { nodes { ...Event } ${PAGE} }
} ${EVENT}`;

export const CREATE_INTEGRATION = `mutation ($input: CreateIntegrationInput!) {
  createIntegration(input: $input) { ${OUTCOME} ${FIELD} ${KEY} }
}`;
export const UPDATE_INTEGRATION = `mutation ($input: UpdateIntegrationInput!) {
  updateIntegration(input: $input) { ${OUTCOME} ${FIELD} ${KEY} ${STALE} }
}`;
export const SET_INTEGRATION_ACTIVE = `mutation ($input: SetIntegrationActiveInput!) {
  setIntegrationActive(input: $input) { ${OUTCOME} }
}`;
export const DELETE_INTEGRATION = `mutation ($input: DeleteIntegrationInput!) {
  deleteIntegration(input: $input) { ${OUTCOME} }
}`;
export const UPDATE_CREDENTIAL = `mutation ($input: UpdateCredentialInput!) {
  updateCredential(input: $input) { ${OUTCOME} ${FIELD} ${KEY} ${STALE} }
}`;
export const VERIFY_CREDENTIAL = `mutation ($input: VerifyCredentialInput!) {
  verifyCredential(input: $input) { ${OUTCOME} }
}`;
export const DELETE_CREDENTIAL = `mutation ($input: DeleteCredentialInput!) {
  deleteCredential(input: $input) { ${OUTCOME} ... on CredentialInUseError { integrations { name } } }
}`;
export const BEGIN_STRIPE_AUTH = `mutation ($input: BeginStripeAuthInput!) {
  beginStripeAuth(input: $input) {
    ${OUTCOME} ${FIELD} ... on BeginStripeAuthSuccess { authorizationUrl credential { id } }
  }
}`;
export const COMPLETE_STRIPE_AUTH = `mutation ($input: CompleteStripeAuthInput!) {
  completeStripeAuth(input: $input) { ${OUTCOME} ... on StripeAuthError { reason } }
}`;
export const ISSUE_TOKEN = `mutation ($input: IssueTokenInput!) {
  issueToken(input: $input) { ${OUTCOME} ${FIELD} ... on IssueTokenSuccess { secret } }
}`;
export const REVOKE_TOKEN = `mutation ($input: RevokeTokenInput!) {
  revokeToken(input: $input) { ${OUTCOME} }
}`;
