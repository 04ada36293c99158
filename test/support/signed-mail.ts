/** Mail that is really signed, for tests: keys of one's own, and the records that their domains would publish. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { headerBlockOf } from '../../src/mail/header.ts'
import type { Envelope, MessageHeader } from '../../src/mail/message.ts'
import { readMessageHeader } from '../../src/mail/read-header.ts'

export interface SigningKey {
  readonly privateKey: string
  /** The TXT record for `selector._domainkey.domain`. */
  readonly record: string
}

export function newKey(bits = 2_048): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { privateKey, record: `v=DKIM1; k=rsa; p=${publicKey.toString('base64')}` }
}

export interface SigningOptions {
  readonly domain: string
  readonly key: SigningKey
  readonly selector?: string
  readonly canonicalization?: string
  readonly algorithm?: string
  /** h=, colon separated. */
  readonly fields?: string
  /** l=, octets. */
  readonly lengthMax?: number
  readonly expires?: Date
  readonly signedAt?: Date
}

/** The message with a DKIM-Signature on top. */
export async function signed(message: string, options: SigningOptions): Promise<string> {
  const { domain, key, selector = 's1', canonicalization = 'relaxed/relaxed', algorithm = 'rsa-sha256' } = options
  const { signatures } = await dkimSign(Buffer.from(message, 'latin1'), {
    canonicalization,
    signTime: options.signedAt ?? new Date(),
    ...(options.expires === undefined ? {} : { expires: options.expires }),
    signatureData: [
      {
        signingDomain: domain,
        selector,
        privateKey: key.privateKey,
        algorithm,
        canonicalization,
        ...(options.lengthMax === undefined ? {} : { maxBodyLength: options.lengthMax }),
      },
    ],
    ...(options.fields === undefined ? {} : { headerList: options.fields.split(':') }),
  } as never)
  return signatures + message
}

/**
 * Signed by our own hand, relaxed/relaxed, with an h= that may name fields that are not there (oversigning, RFC 6376 §5.4), which the library's
 * signer leaves out. Message lines end in CRLF and the body in exactly one.
 */
export function oversigned(message: string, { domain, key, fields }: { domain: string; key: SigningKey; fields: string }): string {
  const relaxed = (line: string): string => {
    const [name = '', ...value] = line.split(':')
    return `${name.trim().toLowerCase()}:${value
      .join(':')
      .replaceAll(/\r\n/g, '')
      .replaceAll(/[ \t]+/g, ' ')
      .trim()}`
  }
  const end = message.indexOf('\r\n\r\n')
  const left = message.slice(0, end).split(/\r\n(?![ \t])/)
  const covered = fields.split(':').flatMap((name) => {
    const at = left.findLastIndex((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    return at < 0 ? [] : left.splice(at, 1).map(relaxed)
  })
  const bodyHash = createHash('sha256')
    .update(message.slice(end + 4), 'latin1')
    .digest('base64')
  const field = `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=s1; h=${fields}; bh=${bodyHash}; b=`
  const signature = sign('sha256', Buffer.from([...covered, relaxed(field)].join('\r\n'), 'latin1'), key.privateKey)
  return `${field}${signature.toString('base64')}\r\n${message}`
}

export function headerOf(raw: Uint8Array, reversePath: string | null = null): MessageHeader {
  return readMessageHeader(headerBlockOf(raw).block, reversePath)
}

export function envelopeOf(parts: Partial<Envelope> = {}): Envelope {
  return {
    reversePath: 'jo@tenant.example',
    forwardPaths: ['crm@leadpost.example'],
    clientAddress: '203.0.113.66',
    heloName: 'mail.example',
    tls: null,
    authenticatedAs: null,
    fromTrustedNetwork: false,
    ...parts,
  }
}
