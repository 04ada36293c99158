/** A real listener on a real spool in a folder of its own, for one test; everything is closed and removed by `close`. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../../src/id.ts'
import type { TenantId, UserId } from '../../../src/crm/ids.ts'
import { defaultPolicy, type TenantPolicy } from '../../../src/crm/policy.ts'
import { openDoor } from '../../../src/intake/accept.ts'
import type { SenderDirectory, SignInUser } from '../../../src/intake/sender-directory.ts'
import type { SenderVerdict } from '../../../src/intake/sender-proof.ts'
import type { ListenPlace } from '../../../src/intake/listen-place.ts'
import { openSmtpListener, type SmtpListener } from '../../../src/intake/smtp-listener.ts'
import type { SmtpLimits, SmtpListenerOptions } from '../../../src/intake/smtp-options.ts'
import { openSpool, type Spool } from '../../../src/intake/spool.ts'
import type { SpooledMessage } from '../../../src/intake/spool-queue.ts'
import { readTrustedNetworks } from '../../../src/intake/trusted-networks.ts'
import { openLog } from '../../../src/log.ts'
import { addressKey, domainName, type AddressKey } from '../../../src/mail/address.ts'

export const silent = openLog('silent')
export const xyz = newId<TenantId>()
export const other = newId<TenantId>()

export function address(written: string): AddressKey {
  const key = addressKey(written)
  if (key === null) throw new Error(`${written} is no address`)
  return key
}

export interface World {
  readonly domains: Record<string, { readonly tenantId: TenantId; readonly policy?: Partial<TenantPolicy> }>
  /** Message-IDs on file. */
  readonly threads?: Record<string, readonly TenantId[]>
  readonly users?: readonly (Omit<SignInUser, 'userId'> & { readonly userId?: UserId })[]
}

/** What is registered, as a table; the real directory is tested on a real database. */
export function directoryOf(world: World): SenderDirectory {
  return {
    async tenantsByDomain(domains) {
      const hosted = new Map()
      for (const [name, { tenantId, policy }] of Object.entries(world.domains)) {
        const domain = domainName(name)
        if (domain !== null && domains.includes(domain))
          hosted.set(domain, { tenantId, slug: name, policy: { ...defaultPolicy, ...policy } })
      }
      return hosted
    },
    tenantsByThread: async (ids) => ids.flatMap((id) => world.threads?.[id] ?? []),
    async userForSignIn(email) {
      const user = world.users?.find((one) => one.email === email)
      return user === undefined ? null : { userId: newId<UserId>(), ...user }
    },
  }
}

export const smallWorld: World = { domains: { 'xyz.example': { tenantId: xyz }, 'other.example': { tenantId: other } } }

export interface Listening {
  readonly port: number
  readonly dataDir: string
  readonly spool: Spool
  readonly listener: SmtpListener
  /** What is in the spool now. */
  readonly spooled: () => Promise<SpooledMessage[]>
  /** The only message, as text. */
  readonly onlyText: () => Promise<string>
  readonly close: () => Promise<void>
}

export interface ListeningOptions {
  readonly world?: World
  readonly directory?: SenderDirectory
  readonly protocol?: 'smtp' | 'lmtp'
  readonly place?: ListenPlace
  readonly trusted?: readonly string[]
  readonly relays?: readonly string[]
  readonly proxies?: readonly string[]
  readonly certificate?: SmtpListenerOptions['certificate']['given']
  readonly certificateCheckMs?: number
  /** What a check finds out about whoever must prove himself. */
  readonly verdict?: SenderVerdict
  readonly messageBytesMax?: number
  readonly spoolBytesMax?: number
  readonly limits?: Partial<SmtpLimits>
  readonly signInWithoutTls?: NonNullable<SmtpListenerOptions['signInWithoutTls']>
  readonly dataDir?: string
}

export async function listening(options: ListeningOptions = {}): Promise<Listening> {
  const dataDir = options.dataDir ?? (await temporaryFolder())
  const spool = await openSpool({ dataDir, spoolBytesMax: options.spoolBytesMax ?? 1e9, log: silent })
  const listener = await openSmtpListener({
    options: {
      protocol: options.protocol ?? 'smtp',
      place: options.place ?? { kind: 'tcp', host: '127.0.0.1', port: 0 },
      name: 'mail.crm.example',
      crmAddresses: [address('crm@crm.example'), address('crm@localhost')],
      messageBytesMax: options.messageBytesMax ?? 10_000_000,
      networks: {
        trusted: readTrustedNetworks(options.trusted ?? ['127.0.0.0/8']),
        relays: readTrustedNetworks(options.relays ?? []),
      },
      proxies: readTrustedNetworks(options.proxies ?? []),
      certificate: { dataDir, given: options.certificate ?? null },
      ...(options.certificateCheckMs === undefined ? {} : { certificateCheckMs: options.certificateCheckMs }),
      ...(options.signInWithoutTls === undefined ? {} : { signInWithoutTls: options.signInWithoutTls }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    door: openDoor({ spool }),
    directory: options.directory ?? directoryOf(options.world ?? smallWorld),
    proofs: {
      begin: () => ({ push: () => undefined, verdict: async () => options.verdict ?? { kind: 'refused', reasons: ['No signature.'] } }),
    },
    log: silent,
  })
  return {
    port: listener.bound.kind === 'tcp' ? listener.bound.port : 0,
    dataDir,
    spool,
    listener,
    spooled: async () => await spool.oldest(100_000, 1e9),
    async onlyText() {
      const [only, ...others] = await spool.oldest(10, 1e9)
      if (only?.content === null || only === undefined || others.length > 0) throw new Error(`${others.length + 1} messages in the spool`)
      return Buffer.from(only.content).toString('latin1')
    },
    async close() {
      await listener.close({ drainMs: 0 })
      await spool.close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export async function temporaryFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'leadpost-intake-'))
}

/** Names of the segment files that hold something. */
export async function segmentFiles(dataDir: string): Promise<string[]> {
  return (await readdir(join(dataDir, 'spool'))).filter((name) => name.endsWith('.segment')).toSorted()
}

/** A mail with CR LF ends, without the end of data. */
export function mail(options: { from?: string; subject?: string; body?: string; more?: readonly string[] } = {}): string {
  const { from = 'Anna Arndt <anna@xyz.example>', subject = 'XYZ Lead 11111', body = 'Hello Eva', more = [] } = options
  return [`From: ${from}`, 'To: eva@acme.example', `Subject: ${subject}`, ...more, '', body, ''].join('\r\n')
}
