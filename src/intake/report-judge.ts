/** A report of a mail system outside (RFC 3464): let in where the mail that it is about is a tenant's, and nobody's otherwise. */
import type { TenantId } from '../crm/ids.ts'
import { type PermanentFailure, TemporaryFailure } from '../failure.ts'
import { messageIdKey } from '../mail/message-id.ts'
import type { WholeJudge } from './accept.ts'
import type { SenderDirectory } from './sender-directory.ts'
import { refusalOfThread, type Submitter } from './sender-rules.ts'

/** Of a report, that is read for the mail that came back: its own words and status stand before that. */
export const reportReadBytesMax = 256 * 1024
/** A report is about one mail; attached mail may name others. */
const idsMax = 20

/** `refusal` is what its header earned. @throws (at `finish`) PermanentFailure: the refusal, or `severalTenants` | `senderOfOtherTenant`. */
export function judgeReport(refusal: PermanentFailure, submitter: Submitter, directory: SenderDirectory): WholeJudge {
  const kept: Buffer[] = []
  let bytes = 0
  return {
    push(chunk) {
      // A chunk is its giver's again afterwards.
      if (bytes < reportReadBytesMax) kept.push(Buffer.from(chunk.subarray(0, reportReadBytesMax - bytes)))
      bytes += chunk.length
    },
    async finish() {
      const ids = reportedIds(Buffer.concat(kept).toString('latin1'))
      const tenants = ids.length === 0 ? [] : await tenantsOf(ids, directory)
      const because = tenants === null ? null : tenants.length === 0 ? refusal : refusalOfThread(tenants, submitter)
      if (because !== null) throw because
    },
  }
}

type Ids = Parameters<SenderDirectory['tenantsByThread']>[0]

/** Null where the database is away: processing decides later. */
async function tenantsOf(ids: Ids, directory: SenderDirectory): Promise<readonly TenantId[] | null> {
  try {
    return await directory.tenantsByThread(ids)
  } catch (error) {
    if (error instanceof TemporaryFailure) return null
    throw error
  }
}

/** Of the mails in it, quoted ones included; the report's own header is not one of them. */
function reportedIds(text: string): Ids {
  const body = text.slice(Math.max(0, text.search(/\r?\n\r?\n/)))
  const found = [...body.matchAll(/^[>\s|]{0,10}message-id:\s{0,10}(<[^<>\s]{1,998}>)/gim)].slice(0, idsMax)
  return [...new Set(found.flatMap(([, id = '']) => messageIdKey(id) ?? []))]
}
