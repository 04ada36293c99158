/** Passwords and OAuth2 grants of mailboxes, encrypted at rest: AES-256-GCM with a key that is never in the database. */
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MailboxId } from '../crm/ids.ts'
import { PermanentFailure, wordsOf } from '../failure.ts'
import { syncFolder } from './file-sync.ts'

/** What the server is shown: a password, or what an access token is fetched with (RFC 6749 §6). */
export type MailboxSecret =
  | { readonly kind: 'password'; readonly password: string }
  | {
      readonly kind: 'oauth2'
      readonly tokenUrl: string
      readonly clientId: string
      readonly clientSecret: string | null
      readonly refreshToken: string
      readonly scope: string | null
    }

/** Where the secret may be shown. It is sealed into the ciphertext, so that whoever can write the row cannot send the secret elsewhere. */
export interface SecretPlace {
  readonly id: MailboxId
  readonly host: string
  readonly port: number
  readonly tls: string
  readonly userName: string
}

export const mailboxKeyBytes = 32
const keyFileName = 'mailbox.key'
const formatVersion = 1
const keyHintBytes = 4
const nonceBytes = 12
const tagBytes = 16
const algorithm = 'aes-256-gcm'

/** version 1, first bytes of the key's hash 4, nonce 12, tag 16, ciphertext. */
export function sealSecret(key: Uint8Array, place: SecretPlace, secret: MailboxSecret): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(placeBytes(place))
  const body = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from([formatVersion]), keyHint(key), nonce, cipher.getAuthTag(), body])
}

/** @throws PermanentFailure `configurationInvalid`: sealed with another key, or for another place. */
export function openSecret(key: Uint8Array, place: SecretPlace, sealed: Uint8Array): MailboxSecret {
  const bytes = Buffer.from(sealed)
  const hintEnd = 1 + keyHintBytes
  const nonceEnd = hintEnd + nonceBytes
  const tagEnd = nonceEnd + tagBytes
  if (bytes[0] !== formatVersion || !bytes.subarray(1, hintEnd).equals(keyHint(key))) {
    throw new PermanentFailure(
      'configurationInvalid',
      `The password of mailbox ${place.id} was stored with another key: set MAILBOX_KEY (or put ${keyFileName} in DATA_DIR) as it was then, or remove the mailbox and add it again.`,
    )
  }
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(hintEnd, nonceEnd), { authTagLength: tagBytes })
    decipher.setAAD(placeBytes(place)).setAuthTag(bytes.subarray(nonceEnd, tagEnd))
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8')) as MailboxSecret
  } catch (error) {
    throw new PermanentFailure(
      'configurationInvalid',
      `The password of mailbox ${place.id} does not belong to ${place.userName} at ${place.host}:${place.port}: its row was changed by hand. Remove the mailbox and add it again.`,
      { cause: error },
    )
  }
}

function placeBytes({ id, host, port, tls, userName }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([id, host, port, tls, userName]))
}

/** Tells a wrong key from a damaged row; says nothing of the key that helps to find it. */
function keyHint(key: Uint8Array): Buffer {
  return createHash('sha256').update('leadpost mailbox key').update(key).digest().subarray(0, keyHintBytes)
}

/**
 * The key: the one that is given, else that of the data folder, made there where there is none (readable by its owner alone).
 * Processes that share a database need the same one.
 * @throws PermanentFailure `dataFolderUnusable`.
 */
export async function readMailboxKey(options: { readonly dataDir: string; readonly given: Uint8Array | null }): Promise<Uint8Array> {
  if (options.given !== null) return options.given
  const path = join(options.dataDir, keyFileName)
  try {
    return (await readKeyFile(path)) ?? (await makeKeyFile(options.dataDir, path))
  } catch (error) {
    if (error instanceof PermanentFailure) throw error
    throw new PermanentFailure('dataFolderUnusable', `The key of the mailboxes' passwords, ${path}, cannot be read: ${wordsOf(error)}`, {
      cause: error,
    })
  }
}

async function readKeyFile(path: string): Promise<Uint8Array | null> {
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const key = readKey(text.trim())
  if (key !== null) return key
  throw new PermanentFailure('dataFolderUnusable', `${path} holds no key (${mailboxKeyBytes} bytes in base64); put it back from a backup.`)
}

/** Written whole under another name first, so that whoever comes at the same time gets the same one. */
async function makeKeyFile(folder: string, path: string): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${randomBytes(mailboxKeyBytes).toString('base64')}\n`, { mode: 0o600, flush: true })
  try {
    await chmod(draft, 0o600)
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  await syncFolder(folder)
  return (await readKeyFile(path)) as Uint8Array
}

/** 32 bytes in base64 or hex (`openssl rand -base64 32`); null where it is no such. */
export function readKey(text: string): Uint8Array | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return null
  return Buffer.from(text, 'base64')
}
