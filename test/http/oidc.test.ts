import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownPath } from '../../src/http/oidc-handlers.ts'
import { nobody, openTestApi, type As, type TestApi } from '../support/api.ts'
import { openOidcProvider, type TestProvider } from '../support/oidc-provider.ts'

const start = '/api/v1/oidc/xyz/start'
let api: TestApi
let provider: TestProvider
let admin: As

beforeAll(async () => {
  api = await openTestApi()
  provider = await openOidcProvider({ redirectUrl: `${api.url}/api/v1/oidc/callback` })
  admin = await api.as('admin')
  const { issuer, clientId, clientSecret } = provider
  await api.call('updateOidc', { params: { tenant: 'xyz' }, body: { provider: { issuer, clientId, clientSecret } } }, admin)
})
afterAll(async () => {
  await api.close()
  await provider.close()
})

/** A browser: follows redirects, keeps a jar for each host. */
class Browser {
  readonly jars = new Map<string, Map<string, string>>()
  readonly visited: string[] = []

  async get(url: string): Promise<Response> {
    const { host } = new URL(url)
    const jar = this.jars.get(host) ?? new Map<string, string>()
    this.jars.set(host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } })
    for (const each of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? []
      if (value === '' || /Max-Age=0/i.test(each)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  /** Ends at a page of ours that is no call of the API. */
  async follow(url: string): Promise<string> {
    for (let next = url, hops = 0; hops < 20; hops++) {
      this.visited.push(next)
      const response = await this.get(next)
      const location = response.headers.get('location')
      if (location === null) throw new Error(`${next} answered ${String(response.status)}: ${await response.text()}`)
      const target = new URL(location, next)
      if (target.origin === api.url && !target.pathname.startsWith('/api/')) return target.pathname + target.search
      next = target.href
    }
    throw new Error('too many redirects')
  }

  async session(): Promise<unknown> {
    return await (await this.get(`${api.url}/api/v1/session`)).json()
  }
}

describe('signing in at the company’s provider', () => {
  test('is offered to addresses of the company, whether somebody has them or not', async () => {
    const options = await Promise.all(
      ['anna@xyz.example', 'nobody@xyz.example', 'jan@wisla.example', 'x@nowhere.example'].map((email) =>
        api.call('readSignInOptions', { body: { email } }, nobody),
      ),
    )
    expect(options.map(({ oidcUrl }) => oidcUrl)).toEqual([start, start, null, null])
  })

  test('there and back, the browser is signed in, at the page that was wanted', async () => {
    provider.person = { email: 'Anna@XYZ.example', email_verified: true }
    const browser = new Browser()
    expect(await browser.follow(`${api.url}${start}?to=/leads/11111%3Ftab=mail`)).toBe('/leads/11111?tab=mail')
    expect(await browser.session()).toMatchObject({ user: { email: 'anna@xyz.example' }, tenant: { slug: 'xyz' } })
    const rows = await api.database.owner(`SELECT detail->>'by' AS by FROM audit_entry WHERE action = 'signedIn'`)
    expect(rows).toEqual([{ by: 'oidc' }])
  })

  test.each([
    ['vouches for no address', { email: 'anna@xyz.example', email_verified: false }, 'oidcUnverified'],
    ['says nothing of vouching', { email: 'anna@xyz.example' }, 'oidcUnverified'],
    ['vouches for somebody of another company', { email: 'zofia@wisla.example', email_verified: true }, 'oidcUnknown'],
    ['vouches for somebody whom nobody invited', { email: 'new@xyz.example', email_verified: true }, 'oidcUnknown'],
    ['turns him back', null, 'oidcRefused'],
  ])('where the provider %s, nobody is signed in', async (_what, person, problem) => {
    provider.person = person
    const browser = new Browser()
    expect(await browser.follow(`${api.url}${start}`)).toBe(`/sign-in?problem=${problem}`)
    expect(await browser.session()).toMatchObject({ code: 'notSignedIn' })
  })

  test('a directory’s own word for a verified domain counts as well', async () => {
    provider.person = { email: 'anna@xyz.example', xms_edov: true }
    expect(await new Browser().follow(`${api.url}${start}`)).toBe('/')
  })

  test('a disabled user is not signed in', async () => {
    provider.person = { email: 'bernd@xyz.example', email_verified: true }
    await api.database.owner(`UPDATE user_account SET disabled_at = now() WHERE email = 'bernd@xyz.example'`)
    expect(await new Browser().follow(`${api.url}${start}`)).toBe('/sign-in?problem=oidcUnknown')
    await api.database.owner(`UPDATE user_account SET disabled_at = NULL WHERE email = 'bernd@xyz.example'`)
  })
})

describe('coming back', () => {
  async function answer(browser: Browser): Promise<string> {
    await browser.follow(`${api.url}${start}`)
    return browser.visited.find((url) => url.includes('/oidc/callback')) ?? ''
  }

  test('a second time with the same answer does nothing', async () => {
    provider.person = { email: 'anna@xyz.example', email_verified: true }
    const browser = new Browser()
    const url = await answer(browser)
    expect(await browser.follow(url)).toBe('/sign-in?problem=oidcExpired')
  })

  test('with the answer that somebody else began does nothing: nobody is signed in to a stranger’s account', async () => {
    const attacker = new Browser()
    const begun = await attacker.get(`${api.url}${start}`)
    const atProvider = begun.headers.get('location') ?? ''
    const stolen: string[] = []
    for (let next = atProvider; !next.startsWith(api.url);) {
      const location = (await attacker.get(next)).headers.get('location')
      next = new URL(location ?? '', next).href
      stolen.push(next)
    }
    const victim = new Browser()
    expect(await victim.follow(stolen.at(-1) ?? '')).toBe('/sign-in?problem=oidcExpired')
    expect(await victim.session()).toMatchObject({ code: 'notSignedIn' })
  })

  test('too late does nothing', async () => {
    const browser = new Browser()
    const begun = await browser.get(`${api.url}${start}`)
    await api.database.owner(`UPDATE oidc_sign_in SET expires_at = now() - interval '1 second'`)
    expect(await browser.follow(begun.headers.get('location') ?? '')).toBe('/sign-in?problem=oidcExpired')
  })

  test('with a code that was not made for this sign-in does nothing', async () => {
    const first = new Browser()
    const url = new URL(await answer(first))
    const second = new Browser()
    const begun = new URL((await second.get(`${api.url}${start}`)).headers.get('location') ?? '')
    url.searchParams.set('state', begun.searchParams.get('state') ?? '')
    expect(await second.follow(url.href)).toBe('/sign-in?problem=oidcInvalid')
  })
})

describe('the provider of one company', () => {
  test('signs nobody of another one in, though both vouch for the same address', async () => {
    const other = await openOidcProvider({ redirectUrl: `${api.url}/api/v1/oidc/callback`, emailInToken: true })
    try {
      const { issuer, clientId, clientSecret } = other
      const foreign = await api.as('admin', 'wisla')
      await api.call('updateOidc', { params: { tenant: 'wisla' }, body: { provider: { issuer, clientId, clientSecret } } }, foreign)
      other.person = { email: 'anna@xyz.example', email_verified: true }
      expect(await new Browser().follow(`${api.url}/api/v1/oidc/wisla/start`)).toBe('/sign-in?problem=oidcUnknown')
      other.person = { email: 'zofia@wisla.example', email_verified: true }
      expect(await new Browser().follow(`${api.url}/api/v1/oidc/wisla/start`)).toBe('/')
    } finally {
      await other.close()
    }
    // As long as it is remembered what the provider published, the browser finds out by itself.
    await api.database.owner('UPDATE oidc_provider SET changed_at = now()')
    expect(await new Browser().follow(`${api.url}/api/v1/oidc/wisla/start`)).toBe('/sign-in?problem=oidcUnreachable')
  })
})

describe('setting it up', () => {
  const update = (body: object) => api.ask('updateOidc', { params: { tenant: 'xyz' }, body: { provider: body } }, admin)

  test('shows neither the secret nor its hash, and keeps it while issuer and client stay', async () => {
    const { issuer, clientId } = provider
    expect((await update({ issuer, clientId })).body).toEqual({
      provider: { issuer, clientId, hasSecret: true, redirectUrl: `${api.url}/api/v1/oidc/callback` },
      // Asked for before there is a provider: it is registered there first.
      redirectUrl: `${api.url}/api/v1/oidc/callback`,
    })
    expect(await api.call('readOidc', { params: { tenant: 'xyz' } }, admin)).toMatchObject({ provider: { hasSecret: true } })
    const rows = await api.database.owner<{ client_secret: Buffer }>('SELECT client_secret FROM oidc_provider')
    expect(rows.some(({ client_secret: secret }) => secret.includes(provider.clientSecret))).toBe(false)
  })

  test.each([
    ['no https', 'http://id.example.com'],
    ['a query', 'https://id.example.com/?a=b'],
    ['nothing listens', 'http://127.0.0.1:9'],
  ])('refuses an issuer: %s', async (_what, issuer) => {
    const { status, body } = await update({ issuer, clientId: 'x' })
    expect([status, (body as { code: string }).code]).toEqual([400, 'inputInvalid'])
  })

  test('refuses one that answers as something else, or without end', async () => {
    let body = 'hello'
    const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
    expect((await update({ issuer, clientId: 'x' })).status).toBe(400)
    body = `{"issuer": "${issuer}", "x": "${'x'.repeat(2_000_000)}"}`
    expect((await update({ issuer, clientId: 'x' })).status).toBe(400)
    await new Promise((resolve) => server.close(resolve))
  })

  test('taken away, it is offered no more', async () => {
    await api.call('updateOidc', { params: { tenant: 'wisla' }, body: { provider: null } }, await api.as('admin', 'wisla'))
    expect((await api.ask('startOidc', { params: { tenant: 'wisla' } }, nobody)).status).toBe(404)
  })
})

test.each([
  ['/leads/1?tab=x', '/leads/1?tab=x'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example/', '/'],
  ['/a/..//evil.example', '/'],
  ['/x\r\nSet-Cookie: a=b', '/'],
  ['javascript:alert(1)', '/'],
  [undefined, '/'],
])('%j leads to %j', (written, leads) => {
  expect(ownPath(written)).toBe(leads)
})
