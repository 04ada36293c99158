import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addressTtlMinMs,
  failureTtlMs,
  negativeTtlMs,
  openDnsResolver,
  unknownTtlMs,
  type DnsFailure,
  type DnsResolver,
} from '../../src/processing/dns-resolver.ts'
import { openDnsZone, type DnsZone } from '../../src/verbs/dns-zone.ts'

const zone = {
  'tenant.example': { TXT: ['v=spf1 -all'], A: ['192.0.2.1', '192.0.2.2'], MX: [[10, 'mx.tenant.example']] as const },
  'long.example': { TXT: [`v=DKIM1; p=${'A'.repeat(4_000)}`] },
  'a.b.parent.example': { A: ['192.0.2.3'] },
  'broken.example': { TXT: 'SERVFAIL' as const },
  'refused.example': { TXT: 'REFUSED' as const },
  'silent.example': { TXT: 'TIMEOUT' as const, A: ['192.0.2.4'] },
}

let served: DnsZone
let clockMs = 0
const resolvers: DnsResolver[] = []

function open(options: { entriesMax?: number } = {}): DnsResolver {
  const resolver = openDnsResolver({ servers: [served.server], timeoutMs: 150, triesMax: 1, now: () => clockMs, ...options })
  resolvers.push(resolver)
  return resolver
}

const kindOf = async (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'answer',
    (error: DnsFailure) => error.kind,
  )
const timesAsked = (question: string): number => served.asked.filter((asked) => asked.question === question).length

beforeAll(async () => {
  served = await openDnsZone(zone)
})
beforeEach(() => {
  served.serve(zone)
  ;(served.asked as unknown[]).length = 0
})
afterAll(async () => {
  for (const resolver of resolvers) resolver.close()
  await served.close()
})

describe('an answer', () => {
  test('comes in the shape that Node gives it', async () => {
    const resolver = open()
    expect(await resolver.resolve('Tenant.Example.', 'TXT')).toEqual([['v=spf1 -all']])
    expect(await resolver.resolve('tenant.example', 'A')).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await resolver.resolve('tenant.example', 'MX')).toMatchObject([{ exchange: 'mx.tenant.example', priority: 10 }])
  })

  test('that does not fit a datagram is fetched over TCP', async () => {
    const [record] = await open().resolve('long.example', 'TXT')
    expect(record?.join('')).toHaveLength(4_011)
    expect(served.asked.map(({ over }) => over)).toEqual(['udp', 'tcp'])
  })
})

describe('no answer', () => {
  test.each([
    ['nobody.example', 'noSuchName', 'ENOTFOUND'],
    ['b.parent.example', 'noData', 'ENODATA'],
    ['tenant.example/AAAA', 'noData', 'ENODATA'],
    ['broken.example', 'temporary', 'ESERVFAIL'],
    ['refused.example', 'temporary', 'EREFUSED'],
    ['silent.example', 'temporary', 'ETIMEOUT'],
    [`${'x'.repeat(64)}.example`, 'badName', 'EBADNAME'],
  ])('for %s is told as %s', async (question, kind, code) => {
    const [name = '', type = 'TXT'] = question.split('/')
    await expect(open().resolve(name, type as 'TXT')).rejects.toMatchObject({ kind, code })
  })

  test('of a server that is not there is temporary', async () => {
    const gone = await openDnsZone()
    await gone.close()
    const resolver = openDnsResolver({ servers: [gone.server], timeoutMs: 150, triesMax: 1 })
    expect(await kindOf(resolver.resolve('tenant.example', 'TXT'))).toBe('temporary')
    resolver.close()
  })

  test('is given after closing, as temporary', async () => {
    const resolver = open()
    resolver.close()
    expect(await kindOf(resolver.resolve('tenant.example', 'TXT'))).toBe('temporary')
  })
})

describe('the memory', () => {
  test('asks once for those who ask at the same time, and for those who ask again', async () => {
    const resolver = open()
    await Promise.all(Array.from({ length: 20 }, async () => resolver.resolve('tenant.example', 'TXT')))
    await resolver.resolve('TENANT.example', 'TXT')
    expect(timesAsked('tenant.example TXT')).toBe(1)
  })

  test.each([
    ['an answer without a known time to live', 'tenant.example', 'TXT', unknownTtlMs],
    ['an address, for the time to live that it came with', 'tenant.example', 'A', 60_000],
    ['that a name does not exist', 'nobody.example', 'TXT', negativeTtlMs],
    ['that a name has no such record', 'tenant.example', 'AAAA', negativeTtlMs],
    ['that the server failed', 'broken.example', 'TXT', failureTtlMs],
  ] as const)('keeps %s for its time and no longer', async (_, name, type, ttlMs) => {
    clockMs = 0
    const resolver = open()
    await kindOf(resolver.resolve(name, type))
    clockMs = ttlMs - 1
    await kindOf(resolver.resolve(name, type))
    expect(timesAsked(`${name} ${type}`)).toBe(1)
    clockMs = ttlMs
    await kindOf(resolver.resolve(name, type))
    expect(timesAsked(`${name} ${type}`)).toBeGreaterThan(1)
  })

  test('sees what changed once its time is over', async () => {
    clockMs = 0
    const resolver = open()
    expect(await kindOf(resolver.resolve('new.example', 'TXT'))).toBe('noSuchName')
    served.serve({ ...zone, 'new.example': { TXT: ['hello'] } })
    clockMs = negativeTtlMs
    expect(await resolver.resolve('new.example', 'TXT')).toEqual([['hello']])
    expect(addressTtlMinMs).toBeLessThan(negativeTtlMs)
  })

  test('is bounded, and forgets first what was asked longest ago', async () => {
    clockMs = 0
    const resolver = open({ entriesMax: 3 })
    await resolver.resolve('tenant.example', 'TXT')
    for (const name of ['n1.example', 'n2.example', 'n3.example', 'n4.example']) {
      await kindOf(resolver.resolve(name, 'TXT'))
      await resolver.resolve('tenant.example', 'TXT')
    }
    expect(timesAsked('tenant.example TXT')).toBe(1)
    await kindOf(resolver.resolve('n1.example', 'TXT'))
    expect(timesAsked('n1.example TXT')).toBe(2)
  })
})

test('a real look-up is impossible here', async () => {
  const resolver = openDnsResolver({ servers: ['192.0.2.53'] })
  expect(await kindOf(resolver.resolve('tenant.example', 'TXT'))).toBe('temporary')
  resolver.close()
})
