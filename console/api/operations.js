/** The console's operations. A test validates each document against `schema.graphql`. */

const CREDENTIAL = `fragment Credential on Credential {
  id name displayName destination livemode method flow status problem account { accountId name }
  maskedSecret expiresAt accessExpiresAt createdAt updatedAt version
  health { state checkedAt succeededAt failingSince nextCheckAt }
  permissions { name label status }
}`;
const INTEGRATION = `fragment Integration on Integration {
  id name provider active status createdAt updatedAt version credential { ...Credential }
} ${CREDENTIAL}`;
const TOKEN = "fragment Token on ApiToken { id name scopes maskedToken createdAt lastUsedAt expiresAt revokedAt status }";
const ENDPOINT = `fragment Endpoint on WebhookEndpoint {
  id url description kinds status problem failingSince lastSucceededAt nextAttemptAt cursor lag
  previousSecretValidUntil createdAt updatedAt version
}`;
const EVENT = `fragment Event on Event {
  cursor kind occurredAt actor { kind id name }
  ... on IntegrationEvent { name integrationId integrationStatus reason }
  ... on CredentialEvent { name credentialId previousCredentialStatus credentialStatus }
  ... on TokenEvent { name }
  ... on WebhookEndpointEvent { name webhookEndpointId reason }
}`;

export const VIEWER = "{ viewer { name organization { name } scopes token { id } } }";
export const EVENT_CURSOR = "{ eventCursor }";
export const FOLLOW = `subscription ($after: String) { events(after: $after) { ...Event } } ${EVENT}`;
export const CATALOGUE = `{ availableIntegrations {
  provider name description destinations { destination name authenticationMethods createKeyUrl requiredPermissionLabels }
} }`;
export const INTEGRATION_BY_ID = `query ($id: ID!) {
  integration(id: $id) { ...Integration credential { integrations(first: 1) { totalCount } } }
} ${INTEGRATION}`;
export const CREDENTIAL_BY_ID = `query ($id: ID!) {
  credential(id: $id) { ...Credential previousSecretValidUntil previousMaskedSecret integrations(first: 1) { totalCount } }
} ${CREDENTIAL}`;
export const CONNECTED_CREDENTIALS = `query ($search: String) {
  credentials(first: 10, filter: { status: CONNECTED, search: $search }, orderBy: { field: NAME, direction: ASC }) {
    totalCount nodes { id name destination account { accountId name } }
  }
}`;
export const UNFINISHED_CREDENTIAL = `query ($name: String!) {
  credentials(first: 1, filter: { status: INCOMPLETE, name: $name }) { nodes { id name } }
}`;
export const ENDPOINT_BY_ID = `query ($id: ID!) {
  webhookEndpoint(id: $id) { ...Endpoint deliveryCounts { startsAt delivered failed skipped } }
} ${ENDPOINT}`;
export const EVENT_BEFORE = "query ($before: String!) { events(last: 1, before: $before) { nodes { cursor } } }";
export const LAST_EVENT = `query ($subject: ID!, $kinds: [EventKind!]) {
  events(last: 1, filter: { subject: $subject, kinds: $kinds }) { nodes { ...Event } }
} ${EVENT}`;

const SLICE = "$first: Int, $after: String, $last: Int, $before: String";
const SLICED = "first: $first, after: $after, last: $last, before: $before";
const PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/** A page of a list. @param {string} field @param {string} fragment @param {{ filter?: string, orderBy?: string }} [types] of the arguments */
const list = (field, fragment, types = {}) => {
  const names = Object.keys(types);
  const declared = Object.entries(types).map(([name, type]) => `, $${name}: ${type}`);
  return `
    query (${SLICE}${declared.join("")}) {
      ${field}(${SLICED}${names.map((name) => `, ${name}: $${name}`).join("")}) {
        totalCount nodes { ...${fragment.split(" ")[1]} } ${PAGE_INFO}
      }
    } ${fragment}`;
};

export const INTEGRATIONS = list("integrations", INTEGRATION, { filter: "IntegrationFilter", orderBy: "IntegrationOrder" });
export const CREDENTIALS = list("credentials", CREDENTIAL, { filter: "CredentialFilter", orderBy: "CredentialOrder" });
export const ENDPOINTS = list("webhookEndpoints", ENDPOINT);
export const TOKENS = list("tokens", TOKEN);
export const EVENTS = list("events", EVENT, { filter: "EventFilter" });
export const EVENT_COUNT = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }";
export const EXPORTED_EVENTS = `query ($filter: EventFilter, $before: String) {
  events(last: 100, before: $before, filter: $filter) {
    nodes {
      cursor kind occurredAt actor { kind id name }
      ... on IntegrationEvent { name integrationId previousIntegrationStatus integrationStatus reason }
      ... on CredentialEvent { name credentialId previousCredentialStatus credentialStatus problem expiresAt secretVersion }
      ... on TokenEvent { name tokenId }
      ... on WebhookEndpointEvent { name webhookEndpointId previousWebhookEndpointStatus webhookEndpointStatus reason }
    }
    pageInfo { hasPreviousPage startCursor }
  }
}`;
export const USED_BY = `query ($id: ID!, ${SLICE}) {
  credential(id: $id) { integrations(${SLICED}) { totalCount nodes { id name active status } ${PAGE_INFO} } }
}`;
export const CONSUMERS = `query ($id: ID!, ${SLICE}) {
  credential(id: $id) { consumers(${SLICED}) {
    totalCount nodes { actor { kind id name } secretVersion lastRevealedAt isCurrent } ${PAGE_INFO}
  } }
}`;
export const DELIVERIES = `query ($id: ID!, ${SLICE}) {
  webhookEndpoint(id: $id) { deliveries(${SLICED}) {
    nodes { cursor kind attemptedAt attempt outcome responseStatus durationMs problem } ${PAGE_INFO}
  } }
}`;

const FIELD = "... on InvalidInputError { field }";
const KEY = "... on InvalidSecretKeyError { reason }";
const BEGUN = "... on BeginStripeAuthSuccess { authorizationUrl credential { id } }";
const STALE = "... on StaleVersionError { currentVersion }";

/** A mutation; its input type is named after it. @param {string} field @param {string[]} more selections of the result */
const mutation = (field, ...more) => `
  mutation ($input: ${field.charAt(0).toUpperCase()}${field.slice(1)}Input!) {
    ${field}(input: $input) { __typename ... on Success { message } ... on Error { message } ${more.join(" ")} }
  }`;

export const CREATE_INTEGRATION = mutation("createIntegration", FIELD, KEY, "... on CreateIntegrationSuccess { integration { id } }");
export const UPDATE_INTEGRATION = mutation("updateIntegration", FIELD, KEY, STALE);
export const SET_INTEGRATION_ACTIVE = mutation("setIntegrationActive");
export const DELETE_INTEGRATION = mutation("deleteIntegration", STALE);
export const CHECK_SECRET_KEY = mutation("checkSecretKey", FIELD, KEY, "... on CheckSecretKeySuccess { permissions { name label status } }");
export const UPDATE_CREDENTIAL = mutation("updateCredential", FIELD, KEY, STALE);
export const RESTORE_CREDENTIAL_SECRET = mutation("restoreCredentialSecret", KEY, STALE);
export const VERIFY_CREDENTIAL = mutation("verifyCredential");
export const DELETE_CREDENTIAL = mutation("deleteCredential", STALE);
export const BEGIN_STRIPE_AUTH = mutation("beginStripeAuth", FIELD, BEGUN);
export const COMPLETE_STRIPE_AUTH = mutation("completeStripeAuth", "... on StripeAuthError { reason }");
export const CREATE_ENDPOINT = mutation("createWebhookEndpoint", FIELD, "... on CreateWebhookEndpointSuccess { secret webhookEndpoint { id } }");
export const UPDATE_ENDPOINT = mutation("updateWebhookEndpoint", FIELD, STALE);
export const SET_ENDPOINT_ACTIVE = mutation("setWebhookEndpointActive", STALE);
export const DELETE_ENDPOINT = mutation("deleteWebhookEndpoint", STALE);
export const TEST_ENDPOINT = mutation("testWebhookEndpoint", "... on TestWebhookEndpointSuccess { delivery { responseStatus durationMs problem } }");
export const ROTATE_WEBHOOK_SECRET = mutation("rotateWebhookSecret", STALE, "... on RotateWebhookSecretSuccess { secret }");
export const REPLAY_EVENTS = mutation("replayWebhookEvents", STALE);
export const ISSUE_TOKEN = mutation("issueToken", FIELD, "... on IssueTokenSuccess { secret }");
export const REVOKE_TOKEN = mutation("revokeToken");
