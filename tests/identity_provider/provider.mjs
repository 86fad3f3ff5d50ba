// A real OpenID provider (https://www.npmjs.com/package/oidc-provider) with clients that need no user.
// It reads a JSON file: issuer, jwks (private), and clients: {client_id: {secret, alg, ttl, claims}}.
import { readFileSync } from 'node:fs'
import Provider from 'oidc-provider'

const { issuer, jwks, clients } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

const provider = new Provider(issuer, {
  jwks,
  clients: Object.entries(clients).map(([client_id, { secret }]) => ({
    client_id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: []
  })),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource, client) => ({
        audience: resource,
        scope: 'drawbridge.read drawbridge.configure drawbridge.reveal_secrets drawbridge.manage_tokens other',
        accessTokenFormat: 'jwt',
        accessTokenTTL: clients[client.clientId].ttl,
        jwt: { sign: { alg: clients[client.clientId].alg } }
      })
    }
  },
  extraTokenClaims: (_, token) => clients[token.clientId].claims
})

provider.listen(Number(new URL(issuer).port), '127.0.0.1')
