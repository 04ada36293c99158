import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readHostName } from '../../src/leads/host-name.ts'
import { readTenantsFile } from '../../src/leads/read-tenants-file.ts'

function errorsOf(document: unknown): string[] {
  try {
    readTenantsFile(typeof document === 'string' ? document : JSON.stringify(document))
    return []
  } catch (error) {
    return (error as Error).message.split('\n').slice(1)
  }
}

const tenant = { slug: 'xyz', name: 'XYZ GmbH' }

describe('a tenants file', () => {
  test('is read whole: the world of the fixtures', () => {
    const world = readTenantsFile(readFileSync('fixtures/world.json', 'utf8'))
    expect(world.tenants.map((each) => each.slug)).toEqual(['xyz', 'wisla', 'shomer', 'nova'])
    expect(world.tenants[1]?.hostNames?.[1]).toEqual({ name: expect.stringMatching(/^xn--/), subdomains: false })
  })

  test('leaves undefined what it does not name, so that loading it changes nothing of that', () => {
    expect(readTenantsFile(JSON.stringify({ tenants: [{ slug: 'xyz', leads: [{ number: '1' }] }] })).tenants[0]).toEqual({
      slug: 'xyz',
      leads: [{ number: '1' }],
    })
  })

  test('tells every error with its path', () => {
    expect(
      errorsOf({
        tenants: [
          {
            ...tenant,
            timeZone: 'Mars/Base',
            hostNames: ['xyz.example', 'gmail.com', { name: 'co.uk', subdomains: true }, 'not a domain', 7],
            users: [{ email: 'anna', role: 'boss' }],
            leads: [{ number: '11a' }, { number: '٣' }, { number: '2', status: 'maybe', colour: 'red' }],
          },
        ],
      }).map((line) => line.split(':')[0]),
    ).toEqual([
      'tenants[0].timeZone',
      'tenants[0].hostNames[1]',
      'tenants[0].hostNames[2].name',
      'tenants[0].hostNames[3]',
      'tenants[0].hostNames[4]',
      'tenants[0].users[0].email',
      'tenants[0].users[0].role',
      'tenants[0].leads[0].number',
      'tenants[0].leads[1].number',
      'tenants[0].leads[2].status',
      'tenants[0].leads[2].colour',
    ])
  })

  test.each([
    ['a slug', [tenant, tenant], 'tenants[1].slug'],
    [
      'a host name, in another spelling, at another tenant',
      [
        { ...tenant, hostNames: ['a.example'] },
        { slug: 'b', hostNames: ['A.Example.'] },
      ],
      'tenants[1].hostNames[0]',
    ],
    [
      'a user at another tenant',
      [
        { ...tenant, users: [{ email: 'a@x.example' }] },
        { slug: 'b', users: [{ email: 'A@X.example' }] },
      ],
      'tenants[1].users[0].email',
    ],
    ['a company key', [{ ...tenant, companies: [{ key: 'a' }, { key: 'a' }] }], 'tenants[0].companies[1].key'],
    ['a contact person key', [{ ...tenant, contactPersons: [{ key: 'a' }, { key: 'a' }] }], 'tenants[0].contactPersons[1].key'],
    ['a lead number', [{ ...tenant, leads: [{ number: '1' }, { number: '1' }] }], 'tenants[0].leads[1].number'],
    [
      'a quote number at two leads',
      [
        {
          ...tenant,
          leads: [
            { number: '1', quotes: [{ number: '9' }] },
            { number: '2', quotes: [{ number: '9' }] },
          ],
        },
      ],
      'tenants[0].leads[1].quotes[0].number',
    ],
  ])('may not name twice: %s', (_what, tenants, path) => {
    expect(errorsOf({ tenants })).toEqual([expect.stringContaining(`${path}: `)])
  })

  test('may name the same number at two tenants: numbers are unique in a tenant alone', () => {
    expect(
      errorsOf({
        tenants: [
          { ...tenant, leads: [{ number: '1' }] },
          { slug: 'b', leads: [{ number: '1' }] },
        ],
      }),
    ).toEqual([])
  })

  test('that is no JSON is told so', () => {
    expect(() => readTenantsFile('{"tenants": [')).toThrow(/not JSON/)
  })
})

describe('a host name', () => {
  test.each(['xyz.example', 'xyz.test', 'mail.xyz.co.uk', 'XYZ.Example.', 'wisła-handel.example', 'firma.internal'])(
    'may be %s',
    (name) => {
      expect(readHostName(name).kind).toBe('hostName')
    },
  )

  test.each([
    'gmail.com',
    'mail.gmail.com',
    'GMX.de',
    'wp.pl',
    'com',
    'co.uk',
    'github.io',
    'example',
    'localhost',
    'a b',
    'a..b',
    '',
    '127.0.0.1',
    '𝐱𝐲𝐳.example',
  ])('may not be "%s", which is everybody\'s or none', (name) => {
    expect(readHostName(name).kind).toBe('refused')
  })
})
