/** A real OpenID provider (oidc-provider) on loopback, at which somebody is always signed in: whoever the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

export interface Person {
  readonly email: string
  readonly email_verified?: boolean
  readonly xms_edov?: boolean
}

export interface TestProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Who is signed in there from now on; null: he turns back. */
  person: Person | null
  close(): Promise<void>
}

/** @param redirectUrl the only one that it sends anybody to. `emailInToken`: the address stands in the id token, not in the userinfo alone. */
export async function openOidcProvider(options: { redirectUrl: string; emailInToken?: boolean }): Promise<TestProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const clientId = 'leadpost'
  const clientSecret = 'a client secret of the test, long enough'
  const opened: TestProvider = {
    issuer,
    clientId,
    clientSecret,
    person: null,
    close: async () =>
      await new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  const provider = new Provider(issuer, {
    clients: [
      { client_id: clientId, client_secret: clientSecret, redirect_uris: [options.redirectUrl], grant_types: ['authorization_code'] },
    ],
    cookies: { keys: ['test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified', 'xms_edov'], profile: ['name'] },
    conformIdTokenClaims: options.emailInToken !== true,
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    ttl: { Interaction: 60, Grant: 60, Session: 60, AccessToken: 60, IdToken: 60, AuthorizationCode: 60 },
    interactions: { url: (_context: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId, ...opened.person }) }),
    loadExistingGrant: async (context: { oidc: { provider: Provider; client: { clientId: string }; session: { accountId: string } } }) => {
      const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const callback = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/interaction/')) {
      void callback(request, response)
      return
    }
    const { person } = opened
    const result =
      person === null
        ? { error: 'access_denied', error_description: 'turned back' }
        : { login: { accountId: person.email, remember: false } }
    void provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  })
  return opened
}
