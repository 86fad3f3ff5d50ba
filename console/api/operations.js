/** The console's operations. A test validates each document against `schema.graphql`. */

const CREDENTIAL = `fragment Credential on Credential {
  id name displayName destination method status problem account { accountId name }
  maskedSecret expiresAt verifiedAt createdAt updatedAt version
}`;
const INTEGRATION = `fragment Integration on Integration {
  id name provider active status createdAt updatedAt version credential { ...Credential }
} ${CREDENTIAL}`;
const TOKEN = "fragment Token on ApiToken { id name scopes maskedToken createdAt lastUsedAt expiresAt revokedAt }";
const EVENT = `fragment Event on Event {
  cursor kind occurredAt actor { name }
  ... on IntegrationEvent { name integrationStatus reason } ... on CredentialEvent { name credentialStatus } ... on TokenEvent { name }
}`;

export const VIEWER = "{ viewer { name organization { name } scopes } }";
export const EVENT_CURSOR = "{ eventCursor }";
export const FOLLOW = `subscription ($after: String) { events(after: $after) { ...Event } } ${EVENT}`;
export const CATALOGUE = `{ availableIntegrations {
  provider name description destinations { destination name authenticationMethods }
} }`;
export const INTEGRATION_BY_ID = `query ($id: ID!) { integration(id: $id) { ...Integration } } ${INTEGRATION}`;
export const CREDENTIAL_BY_ID = `query ($id: ID!) {
  credential(id: $id) { ...Credential integrations(first: 100) { nodes { id name } totalCount } }
} ${CREDENTIAL}`;
export const CREDENTIAL_CHOICES = `query ($name: String!) {
  exact: credentials(filter: { status: CONNECTED, name: $name }) { nodes { ...Credential } }
  part: credentials(filter: { status: CONNECTED, nameContains: $name }, orderBy: { field: NAME, direction: ASC }) {
    nodes { ...Credential } pageInfo { hasNextPage }
  }
} ${CREDENTIAL}`;

const SLICE = "first: $first, after: $after, last: $last, before: $before";

/** A page of a list. @param {string} field @param {string} fragment @param {string} [filter] the filter's type */
const list = (field, fragment, filter) => `
  query ($first: Int, $after: String, $last: Int, $before: String ${filter ? `, $filter: ${filter}` : ""}) {
    ${field}(${SLICE} ${filter ? ", filter: $filter" : ""}) {
      nodes { ...${fragment.split(" ")[1]} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  } ${fragment}`;

export const INTEGRATIONS = list("integrations", INTEGRATION, "IntegrationFilter");
export const CREDENTIALS = list("credentials", CREDENTIAL, "CredentialFilter");
export const TOKENS = list("tokens", TOKEN);
export const EVENTS = list("events", EVENT, "EventFilter");

const FIELD = "... on InvalidInputError { field }";
const KEY = "... on InvalidSecretKeyError { reason }";
const BEGUN = "... on BeginStripeAuthSuccess { authorizationUrl credential { id } }";
const STALE = "... on StaleVersionError { currentVersion }";

/** A mutation; its input type is named after it. @param {string} field @param {string[]} more selections of the result */
const mutation = (field, ...more) => `
  mutation ($input: ${field.charAt(0).toUpperCase()}${field.slice(1)}Input!) {
    ${field}(input: $input) { __typename ... on Success { message } ... on Error { message } ${more.join(" ")} }
  }`;

export const CREATE_INTEGRATION = mutation("createIntegration", FIELD, KEY);
export const UPDATE_INTEGRATION = mutation("updateIntegration", FIELD, KEY, STALE);
export const SET_INTEGRATION_ACTIVE = mutation("setIntegrationActive");
export const DELETE_INTEGRATION = mutation("deleteIntegration");
export const UPDATE_CREDENTIAL = mutation("updateCredential", FIELD, KEY, STALE);
export const VERIFY_CREDENTIAL = mutation("verifyCredential");
export const DELETE_CREDENTIAL = mutation("deleteCredential");
export const BEGIN_STRIPE_AUTH = mutation("beginStripeAuth", FIELD, BEGUN);
export const COMPLETE_STRIPE_AUTH = mutation("completeStripeAuth", "... on StripeAuthError { reason }");
export const ISSUE_TOKEN = mutation("issueToken", FIELD, "... on IssueTokenSuccess { secret }");
export const REVOKE_TOKEN = mutation("revokeToken");
