/** Passwords and OAuth2 grants of mailboxes, encrypted at rest, and the key that all secrets are sealed with. */
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MailboxId } from '../crm/ids.ts'
import { faultOf, PermanentFailure, wordsOf } from '../failure.ts'
import { syncFolder } from './file-sync.ts'
import { openSealed, seal } from './sealed.ts'

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

export function sealSecret(key: Uint8Array, place: SecretPlace, secret: MailboxSecret): Uint8Array {
  return seal(key, placeOf(place), secret)
}

/** @throws PermanentFailure `configurationInvalid`: sealed with another key, or for another place. */
export function openSecret(key: Uint8Array, place: SecretPlace, sealed: Uint8Array): MailboxSecret {
  const opened = openSealed(key, placeOf(place), sealed)
  if (opened.kind === 'otherKey') {
    throw new PermanentFailure(
      'configurationInvalid',
      `The password of mailbox ${place.id} was stored with another key: set MAILBOX_KEY (or put ${keyFileName} in DATA_DIR) as it was then, or remove the mailbox and add it again.`,
      { fault: faultOf('secretUnreadable') },
    )
  }
  if (opened.kind === 'otherPlace') {
    throw new PermanentFailure(
      'configurationInvalid',
      `The password of mailbox ${place.id} does not belong to ${place.userName} at ${place.host}:${place.port}: its row was changed by hand. Remove the mailbox and add it again.`,
      { cause: opened.cause, fault: faultOf('secretUnreadable') },
    )
  }
  return opened.secret as MailboxSecret
}

function placeOf({ id, host, port, tls, userName }: SecretPlace): readonly unknown[] {
  return [id, host, port, tls, userName]
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
