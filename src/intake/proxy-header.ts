/**
 * The PROXY protocol's header, versions 1 and 2: whom a load balancer speaks for (haproxy.org, "The PROXY protocol", 2020/03/05, §2). Pure.
 * What the header does not plainly name is nobody: the balancer's own address must never stand for a client.
 */
import { isIPv4, isIPv6 } from 'node:net'

export type ProxyHeader =
  /** So far it may become one. */
  | { readonly kind: 'begun' }
  /** `address` null: LOCAL, UNKNOWN, or a family that has no IP addresses. `bytes`: how long the header is. */
  | { readonly kind: 'told'; readonly address: string | null; readonly bytes: number }
  | { readonly kind: 'broken'; readonly why: string }

/** §2.1: the longest line with its CR LF. */
const lineBytesMax = 107
/** Of version 2, behind its first 16 bytes: addresses and TLVs. The protocol has room for 65,535; a certificate's names take some hundred. */
export const proxyBlockBytesMax = 4_096

const lineStart = Buffer.from('PROXY ')
const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const fixedBytes = 16
const lineFeed = 0x0a

/** Reads what has come from the connection's first byte on. Whoever sends nothing that could become a header is told at his first byte. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (begins(bytes, lineStart)) return readLine(bytes)
  if (begins(bytes, signature)) return readBlock(bytes)
  return { kind: 'broken', why: 'it does not begin with a PROXY header' }
}

/** Whether it begins so, as far as either goes. */
function begins(bytes: Buffer, start: Buffer): boolean {
  const common = Math.min(bytes.length, start.length)
  return bytes.subarray(0, common).equals(start.subarray(0, common))
}

/** Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 25` CR LF. */
function readLine(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, lineBytesMax).indexOf(lineFeed)
  if (end < 0)
    return bytes.length < lineBytesMax ? { kind: 'begun' } : { kind: 'broken', why: `its line is longer than ${lineBytesMax} bytes` }
  const line = bytes.toString('latin1', 0, end)
  if (!line.endsWith('\r')) return { kind: 'broken', why: 'its line does not end with CR LF' }
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] = line.slice(0, -1).split(' ')
  if (family === 'UNKNOWN') return { kind: 'told', address: null, bytes: end + 1 }
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : null
  if (isAddress === null) return { kind: 'broken', why: 'its protocol is none of TCP4, TCP6 and UNKNOWN' }
  if (!isAddress(source) || !isAddress(destination) || !isPort(sourcePort) || !isPort(destinationPort) || rest.length > 0) {
    return { kind: 'broken', why: `it does not name two addresses and two ports of ${family}` }
  }
  return { kind: 'told', address: source, bytes: end + 1 }
}

/** A zone (`fe80::1%eth0`) is of the balancer's machine and means nothing here. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%')
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
}

/** Version 2: signature 12, version and command 1, family and protocol 1, length 2, then addresses and TLVs, which are passed over. */
function readBlock(bytes: Buffer): ProxyHeader {
  if (bytes.length < fixedBytes) return { kind: 'begun' }
  const versionAndCommand = bytes.readUInt8(12)
  const command = versionAndCommand & 0x0f
  if (versionAndCommand >> 4 !== 2) return { kind: 'broken', why: 'its version is not 2' }
  if (command > 1) return { kind: 'broken', why: 'its command is neither LOCAL nor PROXY' }
  const blockBytes = bytes.readUInt16BE(14)
  if (blockBytes > proxyBlockBytesMax) return { kind: 'broken', why: `it is longer than ${proxyBlockBytesMax} bytes` }
  const family = bytes.readUInt8(13)
  const needed = command === 0 ? 0 : (addressBytes[family] ?? 0)
  if (blockBytes < needed) return { kind: 'broken', why: 'it is too short for its addresses' }
  const end = fixedBytes + blockBytes
  if (bytes.length < end) return { kind: 'begun' }
  return { kind: 'told', address: command === 0 ? null : sourceOf(bytes, family), bytes: end }
}

const tcpOverIPv4 = 0x11
const tcpOverIPv6 = 0x21
/** What both addresses and ports take. */
const addressBytes: Readonly<Record<number, number>> = { [tcpOverIPv4]: 12, [tcpOverIPv6]: 36 }

function sourceOf(bytes: Buffer, family: number): string | null {
  if (family === tcpOverIPv4) return [...bytes.subarray(fixedBytes, fixedBytes + 4)].join('.')
  if (family !== tcpOverIPv6) return null
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(fixedBytes + 2 * at).toString(16))
  // An IPv4 address in IPv6 form is that IPv4 address, as of any dual-stack socket.
  const isMapped = groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff'
  if (isMapped) return [...bytes.subarray(fixedBytes + 12, fixedBytes + 16)].join('.')
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
