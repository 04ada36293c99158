/** The networks whose submissions count as authenticated (TRUSTED_NETWORKS), and what else is asked of an address. */
import { BlockList, isIP } from 'node:net'
import { PermanentFailure } from '../failure.ts'

export interface TrustedNetworks {
  contains(address: string): boolean
}

/**
 * @param networks `address` or `address/prefix`, IPv4 or IPv6; [] trusts nobody.
 * @throws PermanentFailure `configurationInvalid`.
 */
export function readTrustedNetworks(networks: readonly string[]): TrustedNetworks {
  const list = new BlockList()
  for (const network of networks) {
    const [base = '', prefix, ...rest] = network.split('/')
    const version = isIP(base)
    const prefixBits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix || Number.NaN)
    if (version === 0 || rest.length > 0 || !Number.isInteger(prefixBits) || prefixBits < 0 || prefixBits > (version === 6 ? 128 : 32)) {
      throw new PermanentFailure('configurationInvalid', `"${network}" is no network; write 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7`)
    }
    list.addSubnet(base, prefixBits, version === 6 ? 'ipv6' : 'ipv4')
  }
  return {
    contains(address) {
      const plain = plainAddress(address)
      const version = isIP(plain)
      return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4')
    },
  }
}

/** An IPv4 address that a dual-stack socket reports in IPv6 form is that IPv4 address. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address)
  return plain === '::1' || /^127(?:\.\d{1,3}){3}$/.test(plain)
}
