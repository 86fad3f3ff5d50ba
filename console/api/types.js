/**
 * The types of the operations' data. `schema.graphql` describes each field.
 *
 * @typedef {"READ" | "CONFIGURE" | "REVEAL_SECRETS" | "MANAGE_TOKENS"} Scope
 * @typedef {{ name: string, organization: { name: string }, scopes: Scope[], token: { id: string } | null }} Viewer
 *
 * @typedef {{ name: string, label: string, status: "GRANTED" | "MISSING" | "UNKNOWN" }} KeyPermission
 *
 * @typedef {object} Credential
 * @property {string} id
 * @property {string} name
 * @property {string} displayName
 * @property {"STRIPE" | "STRIPE_TEST_MODE"} destination
 * @property {boolean} livemode
 * @property {"SECRET_KEY" | "OAUTH"} method
 * @property {"CONNECT" | "STRIPE_APP" | null} flow
 * @property {"INCOMPLETE" | "CONNECTED" | "DISCONNECTED"} status
 * @property {string | null} problem
 * @property {{ accountId: string, name: string | null } | null} account
 * @property {string | null} maskedSecret
 * @property {string | null} expiresAt
 * @property {string | null} accessExpiresAt
 * @property {Health} health
 * @property {string} createdAt
 * @property {string} updatedAt
 * @property {number} version
 * @property {string | null} [previousSecretValidUntil]
 * @property {string | null} [previousMaskedSecret]
 * @property {KeyPermission[]} permissions
 * @property {{ totalCount: number }} [integrations]
 *
 * @typedef {{ state: "HEALTHY" | "FAILING" | "UNKNOWN", checkedAt: string | null, succeededAt: string | null, failingSince: string | null, nextCheckAt: string | null }} Health
 *
 * @typedef {object} Integration
 * @property {string} id
 * @property {string} name
 * @property {"STRIPE"} provider
 * @property {boolean} active
 * @property {"ACTIVE" | "INACTIVE" | "NEEDS_ATTENTION"} status
 * @property {string} createdAt
 * @property {string} updatedAt
 * @property {number} version
 * @property {Credential} credential
 *
 * @typedef {{ actor: { kind: string, id: string | null, name: string }, secretVersion: number, lastRevealedAt: string, isCurrent: boolean }} Consumer
 *
 * @typedef {object} ApiToken
 * @property {string} id
 * @property {string} name
 * @property {Scope[]} scopes
 * @property {string} maskedToken
 * @property {string} createdAt
 * @property {string | null} lastUsedAt
 * @property {string | null} expiresAt
 * @property {string | null} revokedAt
 * @property {"ACTIVE" | "EXPIRED" | "REVOKED"} status
 *
 * @typedef {object} WebhookEndpoint
 * @property {string} id
 * @property {string} url
 * @property {string | null} description
 * @property {string[] | null} kinds
 * @property {"ENABLED" | "DISABLED"} status
 * @property {string | null} problem
 * @property {string | null} failingSince
 * @property {string | null} lastSucceededAt
 * @property {string | null} nextAttemptAt
 * @property {string} cursor
 * @property {number} lag
 * @property {string | null} previousSecretValidUntil
 * @property {string} createdAt
 * @property {string} updatedAt
 * @property {number} version
 * @property {DeliveryCounts[]} [deliveryCounts]
 *
 * @typedef {{ startsAt: string, delivered: number, failed: number, skipped: number }} DeliveryCounts
 * @typedef {{ cursor: string, kind: string, attemptedAt: string, attempt: number, outcome: string, responseStatus: number | null, durationMs: number, problem: string | null }} Delivery
 *
 * @typedef {{ cursor: string, kind: string, occurredAt: string, actor: { kind: string, id: string | null, name: string }, name: string, integrationId?: string, credentialId?: string, webhookEndpointId?: string, reason?: string | null, integrationStatus?: string | null, previousCredentialStatus?: string | null, credentialStatus?: string | null }} LogEvent
 *
 * A member of a mutation's union: the success, or one of the errors that its document selects.
 * @typedef {{ __typename: string, message: string, field?: string, reason?: string, currentVersion?: number } & Record<string, any>} Result
 */

export {};
