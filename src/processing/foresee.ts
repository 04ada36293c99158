/** What would become of a mail now, were it handed in: the same stages as process-message.ts, and nothing is written. */
import type { Readable } from 'node:stream'
import type { DeliveryId, MessageId } from '../crm/ids.ts'
import { wordsOf } from '../failure.ts'
import { newId } from '../id.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Log } from '../log.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import type { Database } from '../store/database.ts'
import { findTenantsByDomain } from '../store/host-names.ts'
import { readLeadNumber } from '../store/lead-number.ts'
import type { Settlement } from '../store/settle-rows.ts'
import { checkSender, type SenderCheckOptions } from './authenticate.ts'
import { decide } from './decide.ts'
import { unreadOf } from './open-raw.ts'
import { openParser, type ParserOptions } from './parse.ts'
import { noMetrics, type ProcessingContext } from './processing-context.ts'
import { routeMail } from './route.ts'
import { domainsOf } from './tenant.ts'
import { openTemporaryFolder } from './temporary-files.ts'
import type { ReadMail } from './tenant-mail.ts'

/** A mail as it would be handed in. */
export interface ForeseenMail extends Pick<ClaimedMessage, 'channel' | 'receivedAt' | 'bytes' | 'sha256' | 'envelope'> {
  readonly open: () => Readable
}

export type Foreseen =
  | {
      readonly kind: 'decided'
      readonly tenant: string
      readonly outcome: Settlement['outcome']
      /** Why, in words; null where it is filed. */
      readonly detail: string | null
      /** The number of the lead that it is filed at. */
      readonly lead: string | null
    }
  | { readonly kind: 'unroutable'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }

export interface Foresight {
  /** Judged by what is on file now: mails that are foreseen together do not know of each other. Never throws for what a mail says. */
  foresee(mail: ForeseenMail): Promise<Foreseen>
  close(): Promise<void>
}

export async function openForesight(deps: {
  readonly database: Database
  readonly options: {
    readonly crmAddresses: readonly AddressKey[]
    readonly temporaryFolder: string
    readonly parser?: ParserOptions
    readonly senderCheck: SenderCheckOptions
  }
  readonly log: Log
}): Promise<Foresight> {
  const { database, options, log } = deps
  const temporary = await openTemporaryFolder(options.temporaryFolder)
  const parser = openParser(options.parser ?? {}, log)
  const opens = new Map<string, () => Readable>()
  const context: ProcessingContext = {
    database,
    blobs: readOnly((key) => opens.get(key)?.()),
    parser,
    temporary,
    crmAddresses: options.crmAddresses,
    attemptsMax: 1,
    senderCheck: options.senderCheck,
    nudge: () => undefined,
    log,
    metrics: noMetrics,
  }
  return {
    async foresee({ open, ...mail }) {
      const messageId = newId<MessageId>()
      const claim = { ...mail, messageId, deliveryId: newId<DeliveryId>(), attempts: 1, content: null, blobKey: messageId }
      opens.set(messageId, open)
      const unread = unreadOf(context, claim)
      try {
        const [reading] = await parser.read([unread])
        if (reading === undefined || 'failure' in reading) throw reading?.failure ?? new Error('it could not be read')
        return await foresee(context, { claim, message: reading.message, folder: unread.folder })
      } catch (error) {
        return { kind: 'failed', detail: wordsOf(error) }
      } finally {
        opens.delete(messageId)
        await temporary.remove(unread.folder)
      }
    },
    async close() {
      await parser.close()
      await temporary.close()
    },
  }
}

async function foresee(context: ProcessingContext, mail: ReadMail): Promise<Foreseen> {
  const hosted = await findTenantsByDomain(context.database, domainsOf(mail.message))
  const taken = await routeMail(context, mail, hosted)
  if (taken.kind === 'unroutable') return taken
  const { message, claim } = mail
  const verified = await checkSender(claim.envelope, message, message.signedParts, claim.receivedAt, context.senderCheck)
  const { tenantId, slug } = taken.tenant
  const [settlement] = await decide(context, tenantId, [{ ...taken, verified }], {})
  if (settlement === undefined) throw new Error('nothing was decided')
  const { outcome, detail } = settlement
  const lead = outcome.kind === 'append' ? await readLeadNumber(context.database, tenantId, outcome.leadId) : null
  return { kind: 'decided', tenant: slug, outcome, detail: detail ?? null, lead }
}

/** Deciding puts large attachments away; here they stay where they are, and go with their folder. */
function readOnly(openMail: (key: string) => Readable | undefined): BlobStore {
  const refuse = async (): Promise<never> => await Promise.reject(new Error('nothing is stored here'))
  return {
    get: async (key) => openMail(key) ?? (await refuse()),
    putFile: async () => undefined,
    put: refuse,
    delete: refuse,
    close: async () => undefined,
  }
}
