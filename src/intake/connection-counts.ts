/** Counts SMTP connections, in all and by client, so that one client's flood leaves room for the others. */
import { isIPv6 } from 'node:net'
import { plainAddress } from './trusted-networks.ts'

export interface ConnectionLimits {
  /** At the same time, of all clients. */
  readonly totalMax: number
  /** At the same time, of one client that is not trusted. */
  readonly perClientMax: number
  /** Begun within a minute by one client that is not trusted. */
  readonly perClientMinuteMax: number
}

export type ConnectionPlace =
  | { readonly kind: 'entered'; leave(): void }
  | { readonly kind: 'refused'; readonly why: 'tooMany' | 'tooFast' }

export interface ConnectionCounts {
  enter(address: string, isTrusted: boolean): ConnectionPlace
  readonly total: number
}

const minuteMs = 60_000

export function openConnectionCounts(limits: ConnectionLimits, now: () => number = Date.now): ConnectionCounts {
  const openOf = new Map<string, number>()
  let begunOf = new Map<string, number>()
  let minuteStart = now()
  let total = 0
  return {
    get total() {
      return total
    },
    enter(address, isTrusted) {
      if (now() - minuteStart >= minuteMs) {
        begunOf = new Map()
        minuteStart = now()
      }
      if (total >= limits.totalMax) return { kind: 'refused', why: 'tooMany' }
      const client = clientOf(address)
      const open = openOf.get(client) ?? 0
      const begun = begunOf.get(client) ?? 0
      if (!isTrusted && open >= limits.perClientMax) return { kind: 'refused', why: 'tooMany' }
      if (!isTrusted && begun >= limits.perClientMinuteMax) return { kind: 'refused', why: 'tooFast' }
      total++
      openOf.set(client, open + 1)
      begunOf.set(client, begun + 1)
      let left = false
      return {
        kind: 'entered',
        leave() {
          if (left) return
          left = true
          total--
          const still = (openOf.get(client) ?? 1) - 1
          if (still === 0) openOf.delete(client)
          else openOf.set(client, still)
        },
      }
    },
  }
}

/** Who counts as one client: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer gets. */
export function clientOf(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const [left = '', right] = plain.toLowerCase().split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const gap = right === undefined ? [] : Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head, ...gap, ...tail]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
