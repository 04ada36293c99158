import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proxyBlockBytesMax, readProxyHeader } from '../../src/intake/proxy-header.ts'

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** A header of version 2. */
function block(command: number, family: number, body: Uint8Array, version = 2): Buffer {
  const head = Buffer.from([version * 16 + command, family, body.length >> 8, body.length & 0xff])
  return Buffer.concat([signature, head, body])
}

const overIPv4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 0x04, 0, 25])
const overIPv6 = Buffer.from(`20010db8${'0'.repeat(20)}0099${'0'.repeat(32)}dc040019`, 'hex')
const mapped = Buffer.from(`${'0'.repeat(20)}ffffc0000201${'0'.repeat(32)}dc040019`, 'hex')

describe('a PROXY header', () => {
  it.each([
    ['PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n', '192.0.2.1'],
    ['PROXY TCP6 2001:db8::99 2001:db8::1 56324 25\r\n', '2001:db8::99'],
    ['PROXY UNKNOWN\r\n', null],
    ['PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n', null],
  ])('of version 1 names the client: %j', (line, address) => {
    expect(readProxyHeader(Buffer.from(`${line}EHLO x\r\n`))).toEqual({ kind: 'told', address, bytes: line.length })
  })

  it.each([
    ['IPv4', block(1, 0x11, overIPv4), '192.0.2.1'],
    ['IPv6', block(1, 0x21, overIPv6), '2001:db8::99'],
    ['IPv4 in IPv6 form', block(1, 0x21, mapped), '192.0.2.1'],
    ['IPv4 with TLVs behind', block(1, 0x11, Buffer.concat([overIPv4, Buffer.alloc(300, 4)])), '192.0.2.1'],
    ['LOCAL, which is the proxy itself', block(0, 0x11, overIPv4), null],
    ['LOCAL without addresses', block(0, 0x00, Buffer.alloc(0)), null],
    ['no family', block(1, 0x00, Buffer.alloc(0)), null],
    ['unix sockets', block(1, 0x31, Buffer.alloc(216)), null],
    ['datagrams', block(1, 0x12, overIPv4), null],
  ])('of version 2 names the client: %s', (_what, header, address) => {
    expect(readProxyHeader(Buffer.concat([header, Buffer.from('EHLO x\r\n')]))).toEqual({ kind: 'told', address, bytes: header.length })
  })

  it.each([
    ['another word', Buffer.from('EHLO x\r\n')],
    ['lower case', Buffer.from('proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n')],
    ['a name for an address', Buffer.from('PROXY TCP4 localhost 198.51.100.1 1 2\r\n')],
    ['the other family', Buffer.from('PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n')],
    ['a zone', Buffer.from('PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\r\n')],
    ['no ports', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1\r\n')],
    ['a port too large', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n')],
    ['more words', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n')],
    ['two blanks', Buffer.from('PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n')],
    ['a bare line feed', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n')],
    ['another protocol', Buffer.from('PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n')],
    ['a line without end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
    ['version 1 in the form of 2', block(1, 0x11, overIPv4, 1)],
    ['version 3', block(1, 0x11, overIPv4, 3)],
    ['another command', block(2, 0x11, overIPv4)],
    ['too short for its addresses', block(1, 0x11, overIPv4.subarray(0, 11))],
    ['too long', block(1, 0x11, Buffer.alloc(proxyBlockBytesMax + 1))],
  ])('that is none is told to be none: %s', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toMatchObject({ kind: 'broken' })
  })

  it('is read the same in however few bytes it has come so far', () => {
    const headers = [
      Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n'),
      Buffer.from('PROXY UNKNOWN\r\n'),
      block(1, 0x11, overIPv4),
      block(1, 0x21, Buffer.concat([overIPv6, Buffer.alloc(50, 1)])),
      block(0, 0, Buffer.alloc(0)),
    ]
    for (const header of headers) {
      for (let end = 0; end < header.length; end++) expect(readProxyHeader(header.subarray(0, end))).toEqual({ kind: 'begun' })
      expect(readProxyHeader(header)).toMatchObject({ kind: 'told', bytes: header.length })
    }
  })

  it('is never awaited beyond its bound, whatever comes, and never longer than what came', () => {
    const starts = fc.constantFrom(Buffer.alloc(0), Buffer.from('PROXY '), Buffer.from('PROXY TCP4 '), signature)
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 5_000 }), (start, rest) => {
        const bytes = Buffer.concat([start, rest])
        const header = readProxyHeader(bytes)
        if (header.kind === 'begun') expect(bytes.length).toBeLessThan(16 + proxyBlockBytesMax)
        if (header.kind === 'told') expect(header.bytes).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})
