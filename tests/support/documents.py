"""The operations that tests send, as a client would write them."""

_ERROR = "__typename ... on Success { message } ... on Error { message }"
_INTEGRATION = """
    id name active status version createdAt updatedAt
    credential { id name displayName status problem maskedSecret destination method
        account { accountId name livemode } }
"""
_CREDENTIAL = """
    id name displayName destination livemode method status problem maskedSecret
    secretVersion expiresAt verifiedAt version
    account { accountId name country defaultCurrency livemode } integrations(first: 10) { nodes { name status } }
"""
_CHECK_ERRORS = """
    ... on InvalidInputError { field path } ... on InvalidSecretKeyError { reason }
    ... on StripeUnavailableError { retryAfterSeconds }
"""
_KEY_ERRORS = f"{_CHECK_ERRORS} ... on NameTakenError {{ name }}"

CREATE_INTEGRATION = f"""mutation ($input: CreateIntegrationInput!) {{ createIntegration(input: $input) {{ {_ERROR}
    {_KEY_ERRORS} ... on NotFoundError {{ missingId }} ... on CredentialNotConnectedError {{ credential {{ status }} }}
    ... on CreateIntegrationSuccess {{ integration {{ {_INTEGRATION} }} }} }} }}"""
UPDATE_INTEGRATION = f"""mutation ($input: UpdateIntegrationInput!) {{ updateIntegration(input: $input) {{ {_ERROR}
    {_KEY_ERRORS} ... on NotFoundError {{ missingId }} ... on CredentialNotConnectedError {{ credential {{ status }} }}
    ... on StaleVersionError {{ currentVersion }}
    ... on UpdateIntegrationSuccess {{ integration {{ {_INTEGRATION} }} }} }} }}"""
SET_ACTIVE = f"""mutation ($input: SetIntegrationActiveInput!) {{ setIntegrationActive(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on CredentialNotConnectedError {{ credential {{ status }} }}
    ... on StaleVersionError {{ currentVersion }}
    ... on SetIntegrationActiveSuccess {{ integration {{ {_INTEGRATION} }} }} }} }}"""
DELETE_INTEGRATION = f"""mutation ($input: DeleteIntegrationInput!) {{ deleteIntegration(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on StaleVersionError {{ currentVersion }}
    ... on DeleteIntegrationSuccess {{ deletedIntegrationId deletedCredentialId }} }} }}"""
CREATE_CREDENTIAL = f"""mutation ($input: CreateCredentialInput!) {{ createCredential(input: $input) {{ {_ERROR}
    {_KEY_ERRORS} ... on CreateCredentialSuccess {{ credential {{ {_CREDENTIAL} }} }} }} }}"""
UPDATE_CREDENTIAL = f"""mutation ($input: UpdateCredentialInput!) {{ updateCredential(input: $input) {{ {_ERROR}
    {_KEY_ERRORS} ... on NotFoundError {{ missingId }} ... on StaleVersionError {{ currentVersion }}
    ... on UpdateCredentialSuccess {{ credential {{ {_CREDENTIAL} }} }} }} }}"""
VERIFY_CREDENTIAL = f"""mutation ($input: VerifyCredentialInput!) {{ verifyCredential(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on StripeUnavailableError {{ retryAfterSeconds }}
    ... on VerifyCredentialSuccess {{ credential {{ {_CREDENTIAL} }} }} }} }}"""
CHECK_SECRET_KEY = f"""mutation ($input: CheckSecretKeyInput!) {{ checkSecretKey(input: $input) {{ {_ERROR}
    {_CHECK_ERRORS} ... on CheckSecretKeySuccess {{ destination kind account {{ accountId name livemode }}
        permissions {{ name label status }} sameAccount {{ id name }} }} }} }}"""
DELETE_CREDENTIAL = f"""mutation ($input: DeleteCredentialInput!) {{ deleteCredential(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on StaleVersionError {{ currentVersion }}
    ... on CredentialInUseError {{ totalCount integrations {{ id name }} }}
    ... on DeleteCredentialSuccess {{ deletedCredentialId }} }} }}"""
REVEAL_SECRET = f"""mutation ($input: RevealSecretInput!) {{ revealSecret(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on InvalidInputError {{ field path }}
    ... on IntegrationInactiveError {{ integration {{ status }} }}
    ... on CredentialNotConnectedError {{ credential {{ status problem }} }}
    ... on NoPreviousSecretError {{ credential {{ status secretVersion }} }}
    ... on RevealSecretSuccess {{ secretKey stripeAccountId livemode destination secretVersion }} }} }}"""
RESTORE_SECRET = f"""mutation ($input: RestoreCredentialSecretInput!) {{ restoreCredentialSecret(
    input: $input) {{ {_ERROR}
    ... on InvalidSecretKeyError {{ reason }} ... on StripeUnavailableError {{ retryAfterSeconds }}
    ... on NotFoundError {{ missingId }} ... on StaleVersionError {{ currentVersion }}
    ... on NoPreviousSecretError {{ credential {{ status secretVersion }} }}
    ... on RestoreCredentialSecretSuccess {{ credential {{ {_CREDENTIAL} }} }} }} }}"""
REPORT_FAILURE = f"""mutation ($input: ReportCredentialFailureInput!) {{ reportCredentialFailure(input: $input) {{
    {_ERROR}
    ... on NotFoundError {{ missingId }} ... on StripeUnavailableError {{ retryAfterSeconds }}
    ... on ReportCredentialFailureSuccess {{ integration {{ id status }}
        credential {{ id status problem verifiedAt }} }} }} }}"""
_TOKEN = "id name scopes maskedToken createdAt lastUsedAt expiresAt revokedAt"
ISSUE_TOKEN = f"""mutation ($input: IssueTokenInput!) {{ issueToken(input: $input) {{ {_ERROR}
    ... on InvalidInputError {{ field path }} ... on NameTakenError {{ name }}
    ... on IssueTokenSuccess {{ secret token {{ {_TOKEN} }} }} }} }}"""
REVOKE_TOKEN = f"""mutation ($input: RevokeTokenInput!) {{ revokeToken(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on RevokeTokenSuccess {{ token {{ {_TOKEN} }} }} }} }}"""

_WINDOW = "$first: Int, $after: String, $last: Int, $before: String"
_PAGE = "first: $first, after: $after, last: $last, before: $before"
_PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
INTEGRATIONS = f"""query ({_WINDOW}, $filter: IntegrationFilter, $orderBy: IntegrationOrder) {{
    integrations({_PAGE}, filter: $filter, orderBy: $orderBy) {{
        edges {{ cursor }} nodes {{ {_INTEGRATION} }} {_PAGE_INFO} totalCount }} }}"""
INTEGRATION = f"query ($id: ID!) {{ integration(id: $id) {{ {_INTEGRATION} }} }}"
CREDENTIALS = f"""query ({_WINDOW}, $filter: CredentialFilter, $orderBy: CredentialOrder) {{
    credentials({_PAGE}, filter: $filter, orderBy: $orderBy) {{
        edges {{ cursor }} nodes {{ {_CREDENTIAL} }} {_PAGE_INFO} totalCount }} }}"""
CREDENTIAL = f"query ($id: ID!) {{ credential(id: $id) {{ {_CREDENTIAL} }} }}"
KEY_PERMISSIONS = "query ($id: ID!) { credential(id: $id) { secretKeyKind permissions { name label status } } }"
TOKENS = f"query ({_WINDOW}) {{ tokens({_PAGE}) {{ nodes {{ {_TOKEN} }} {_PAGE_INFO} totalCount }} }}"
_EVENT = """__typename cursor kind occurredAt actor { kind id name }
    ... on IntegrationEvent {
        integrationId name previousIntegrationStatus integrationStatus reason integration { name }
        secretVersion }
    ... on CredentialEvent { credentialId name previousCredentialStatus credentialStatus credential { name }
        problem expiresAt secretVersion }
    ... on TokenEvent { tokenId name token { name } }
    ... on WebhookEndpointEvent {
        webhookEndpointId name previousWebhookEndpointStatus webhookEndpointStatus reason webhookEndpoint { url } }"""
EVENTS = f"""query ({_WINDOW}, $filter: EventFilter) {{ events({_PAGE}, filter: $filter) {{
    edges {{ cursor }} nodes {{ {_EVENT} }} {_PAGE_INFO} totalCount }} }}"""
EVENT_CURSOR = "{ eventCursor }"
FOLLOW = (
    f"subscription ($after: String, $filter: EventFilter) {{ events(after: $after, filter: $filter) {{ {_EVENT} }} }}"
)

_ENDPOINT = """id url description kinds status problem failingSince lastSucceededAt nextAttemptAt cursor lag
    createdAt updatedAt version previousSecretValidUntil"""
_ENDPOINT_ERRORS = """... on InvalidInputError { field path } ... on NotFoundError { missingId }
    ... on StaleVersionError { currentVersion }"""
CREATE_ENDPOINT = f"""mutation ($input: CreateWebhookEndpointInput!) {{ createWebhookEndpoint(input: $input) {{ {_ERROR}
    ... on InvalidInputError {{ field path }} ... on TooManyWebhookEndpointsError {{ limit }}
    ... on CreateWebhookEndpointSuccess {{ secret webhookEndpoint {{ {_ENDPOINT} }} }} }} }}"""
UPDATE_ENDPOINT = f"""mutation ($input: UpdateWebhookEndpointInput!) {{ updateWebhookEndpoint(input: $input) {{ {_ERROR}
    {_ENDPOINT_ERRORS} ... on UpdateWebhookEndpointSuccess {{ webhookEndpoint {{ {_ENDPOINT} }} }} }} }}"""
SWITCH_ENDPOINT = f"""mutation ($input: SetWebhookEndpointActiveInput!) {{ setWebhookEndpointActive(
    input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on StaleVersionError {{ currentVersion }}
    ... on SetWebhookEndpointActiveSuccess {{ webhookEndpoint {{ {_ENDPOINT} }} }} }} }}"""
DELETE_ENDPOINT = f"""mutation ($input: DeleteWebhookEndpointInput!) {{ deleteWebhookEndpoint(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }} ... on StaleVersionError {{ currentVersion }}
    ... on DeleteWebhookEndpointSuccess {{ deletedWebhookEndpointId }} }} }}"""
ROTATE_WEBHOOK_SECRET = f"""mutation ($input: RotateWebhookSecretInput!) {{ rotateWebhookSecret(
    input: $input) {{ {_ERROR}
    {_ENDPOINT_ERRORS} ... on RotateWebhookSecretSuccess {{ secret webhookEndpoint {{ {_ENDPOINT} }} }} }} }}"""
REPLAY_EVENTS = f"""mutation ($input: ReplayWebhookEventsInput!) {{ replayWebhookEvents(input: $input) {{ {_ERROR}
    {_ENDPOINT_ERRORS} ... on ReplayWebhookEventsSuccess {{ webhookEndpoint {{ {_ENDPOINT} }} }} }} }}"""
_DELIVERY = "cursor kind attemptedAt attempt outcome responseStatus durationMs problem"
TEST_ENDPOINT = f"""mutation ($input: TestWebhookEndpointInput!) {{ testWebhookEndpoint(input: $input) {{ {_ERROR}
    ... on NotFoundError {{ missingId }}
    ... on TestWebhookEndpointSuccess {{ delivery {{ {_DELIVERY} }} webhookEndpoint {{ {_ENDPOINT} }} }} }} }}"""
ENDPOINTS = f"""query ({_WINDOW}, $filter: WebhookEndpointFilter) {{ webhookEndpoints({_PAGE}, filter: $filter) {{
    edges {{ cursor }} nodes {{ {_ENDPOINT} }} {_PAGE_INFO} totalCount }} }}"""
ENDPOINT = f"query ($id: ID!) {{ webhookEndpoint(id: $id) {{ {_ENDPOINT} }} }}"
DELIVERIES = f"""query ($id: ID!, {_WINDOW}) {{ webhookEndpoint(id: $id) {{ deliveries({_PAGE}) {{
    edges {{ cursor }} nodes {{ {_DELIVERY} }} {_PAGE_INFO} totalCount }} }} }}"""

BEGIN = f"""mutation ($input: BeginStripeAuthInput!) {{ beginStripeAuth(input: $input) {{ {_ERROR}
    ... on InvalidInputError {{ field path }} ... on NameTakenError {{ name }} ... on NotFoundError {{ missingId }}
    ... on BeginStripeAuthSuccess {{ authorizationUrl expiresAt credential {{ {_CREDENTIAL} }} }} }} }}"""
COMPLETE = f"""mutation ($input: CompleteStripeAuthInput!) {{ completeStripeAuth(input: $input) {{ {_ERROR}
    ... on StripeAuthError {{ reason }} ... on StripeUnavailableError {{ retryAfterSeconds }}
    ... on CompleteStripeAuthSuccess {{ credential {{ {_CREDENTIAL} }} }} }} }}"""
