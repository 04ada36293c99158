import { describe, expect, it } from 'vitest'
import { clientOf, openConnectionCounts } from '../../src/intake/connection-counts.ts'
import { isLoopback, readTrustedNetworks } from '../../src/intake/trusted-networks.ts'

describe('connection counts', () => {
  it('let the minute pass', () => {
    let now = 0
    const counts = openConnectionCounts({ totalMax: 100, perClientMax: 100, perClientMinuteMax: 2 }, () => now)
    expect([1, 2, 3].map(() => counts.enter('192.0.2.1', false).kind)).toEqual(['entered', 'entered', 'refused'])
    expect(counts.enter('192.0.2.2', false).kind).toBe('entered')
    now = 60_000
    expect(counts.enter('192.0.2.1', false).kind).toBe('entered')
  })

  it('count a connection that left once, however often it says so', () => {
    const counts = openConnectionCounts({ totalMax: 2, perClientMax: 2, perClientMinuteMax: 100 })
    const place = counts.enter('192.0.2.1', false)
    counts.enter('192.0.2.1', false)
    if (place.kind === 'entered') {
      place.leave()
      place.leave()
    }
    expect(counts.total).toBe(1)
  })

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:0DB8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('take %s as client %s', (address, client) => {
    expect(clientOf(address)).toBe(client)
  })
})

describe('trusted networks', () => {
  it('hold addresses of both kinds, and IPv4 in IPv6 form', () => {
    const networks = readTrustedNetworks(['127.0.0.0/8', '::1', '2001:db8::/32', '192.0.2.7'])
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '2001:db8:ffff::1', '192.0.2.7', '::ffff:127.0.0.1']) {
      expect(networks.contains(address), address).toBe(true)
    }
    for (const address of ['128.0.0.1', '::2', '2001:db9::1', '192.0.2.8', '', 'localhost', '::ffff:128.0.0.1']) {
      expect(networks.contains(address), address).toBe(false)
    }
  })

  it('may be none', () => {
    expect(readTrustedNetworks([]).contains('127.0.0.1')).toBe(false)
  })

  it.each(['x', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/1.5'])('are not %s', (written) => {
    expect(() => readTrustedNetworks([written])).toThrow(/is no network/)
  })

  it('know this machine', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.2', '10.0.0.1'].map(isLoopback)).toEqual([true, true, true, false])
  })
})
