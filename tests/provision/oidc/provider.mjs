// A real OpenID Connect provider on loopback, for tests. Everybody is signed in without being asked: as the account that
// the parameter login_hint names, else as the first one.
//
// OIDC_MODULE: where the package oidc-provider is. OIDC_CONFIG: the client and the accounts with their claims, as JSON.
// Prints its port once it listens.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'

const { default: Provider } = await import(pathToFileURL(process.env.OIDC_MODULE).href)
const { client, accounts, port } = JSON.parse(process.env.OIDC_CONFIG)

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'tests', alg: 'RS256', use: 'sig' }

const server = createServer()
await new Promise((listening) => server.listen(port, '127.0.0.1', listening))

const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
  clients: [client],
  jwks: { keys: [key] },
  cookies: { keys: ['only-for-tests'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  // The claims belong into the ID token: nothing asks for them afterwards.
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope(oidc.params.scope)
    await grant.save()
    return grant
  },
})

const answer = provider.callback()
server.on('request', async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response)
  const { params } = await provider.interactionDetails(request, response)
  const accountId = params.login_hint ?? Object.keys(accounts)[0]
  const result = accountId === 'nobody' ? { error: 'access_denied' } : { login: { accountId } }
  await provider.interactionFinished(request, response, result)
})

console.log(server.address().port)
