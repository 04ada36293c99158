/** Secrets at rest: AES-256-GCM with a key that is never in the database (mailbox-secret.ts reads it), bound to the place where they may be shown. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const formatVersion = 1
const keyHintBytes = 4
const nonceBytes = 12
const tagBytes = 16
const algorithm = 'aes-256-gcm'

/** Version 1, first bytes of the key's hash 4, nonce 12, tag 16, ciphertext. `place` is sealed in: whoever can write the row cannot send the secret elsewhere. */
export function seal(key: Uint8Array, place: readonly unknown[], secret: unknown): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(placeBytes(place))
  const body = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from([formatVersion]), keyHint(key), nonce, cipher.getAuthTag(), body])
}

export type Opened =
  | { readonly kind: 'opened'; readonly secret: unknown }
  | { readonly kind: 'otherKey' }
  | { readonly kind: 'otherPlace'; readonly cause: unknown }

export function openSealed(key: Uint8Array, place: readonly unknown[], sealed: Uint8Array): Opened {
  const bytes = Buffer.from(sealed)
  const hintEnd = 1 + keyHintBytes
  const nonceEnd = hintEnd + nonceBytes
  const tagEnd = nonceEnd + tagBytes
  if (bytes[0] !== formatVersion || !bytes.subarray(1, hintEnd).equals(keyHint(key))) return { kind: 'otherKey' }
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(hintEnd, nonceEnd), { authTagLength: tagBytes })
    decipher.setAAD(placeBytes(place)).setAuthTag(bytes.subarray(nonceEnd, tagEnd))
    const text = Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8')
    return { kind: 'opened', secret: JSON.parse(text) }
  } catch (cause) {
    return { kind: 'otherPlace', cause }
  }
}

function placeBytes(place: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify(place))
}

/** Tells a wrong key from a damaged row; says nothing of the key that helps to find it. */
function keyHint(key: Uint8Array): Buffer {
  return createHash('sha256').update('leadpost mailbox key').update(key).digest().subarray(0, keyHintBytes)
}
