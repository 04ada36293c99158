/** Whom an upload is refused for, as the SMTP session does (PRODUCT §2): by the header, and by whose key it comes with. */
import type { TenantId } from '../crm/ids.ts'
import { PermanentFailure, TemporaryFailure } from '../failure.ts'
import type { WholeJudge } from '../intake/accept.ts'
import type { SenderDirectory } from '../intake/sender-directory.ts'
import type { SenderProofs } from '../intake/sender-proof.ts'
import { judgeReport } from '../intake/report-judge.ts'
import { isReport, judgeProof } from '../intake/sender-rules.ts'
import { readAuthor, readSender } from '../mail/author.ts'
import { fieldBodies } from '../mail/header.ts'
import { readMessageIds } from '../mail/message-id.ts'
import type { Envelope, HeaderLine } from '../mail/message.ts'
import { answeredIds, domainsOf, findTenant, type Addressed } from '../processing/tenant.ts'

export interface SubmitJudge {
  readonly directory: SenderDirectory
  readonly proofs: SenderProofs
}

/**
 * Refuses what could never be this tenant's: an author of a domain that is not its own, unless the mail answers one that it has on file. Where the
 * tenant refuses senders that nothing vouches for, the whole mail is judged. With the database away the mail is let in: processing decides later.
 * @throws PermanentFailure `messageMalformed` | `senderDomainUnknown` | `senderOfOtherTenant` | `severalTenants` | `senderNotAuthenticated`.
 */
export async function judgeSubmission(
  lines: readonly HeaderLine[],
  envelope: Envelope,
  tenantId: TenantId,
  { directory, proofs }: SubmitJudge,
): Promise<WholeJudge | null> {
  if (lines.length === 0) throw new PermanentFailure('messageMalformed', 'The body holds no mail: it does not begin with a header.')
  const mail = readAddressed(lines)
  try {
    // What is remembered lets in; before a refusal the database is asked afresh.
    const remembered = await verdictOf(mail, tenantId, directory, false)
    const verdict = remembered === 'accepted' ? remembered : await verdictOf(mail, tenantId, directory, true)
    if (verdict instanceof PermanentFailure && verdict.code === 'senderDomainUnknown' && isReport(lines, envelope))
      return judgeReport(verdict, { fromTrustedNetwork: false, signedInTenant: tenantId }, threadsOf(tenantId, directory))
    if (verdict instanceof PermanentFailure) throw verdict
    if (verdict === 'accepted') return null
  } catch (error) {
    if (error instanceof TemporaryFailure) return null
    throw error
  }
  const proof = proofs.begin(envelope, lines)
  return { push: (chunk) => proof.push(chunk), finish: async () => judgeProof(await proof.verdict()) }
}

/** A key sees the threads of its own tenant alone. */
function threadsOf(tenantId: TenantId, directory: SenderDirectory): SenderDirectory {
  return { ...directory, tenantsByThread: async (ids) => (await directory.tenantsByThread(ids)).filter((id) => id === tenantId) }
}

function readAddressed(lines: readonly HeaderLine[]): Addressed {
  const ids = (name: string): Addressed['references'] => fieldBodies(lines, name).flatMap((body) => readMessageIds(body))
  return { author: readAuthor(lines), sender: readSender(lines), inReplyTo: ids('in-reply-to'), references: ids('references') }
}

/** The same finding as processing will come to (processing/tenant.ts). */
async function verdictOf(
  mail: Addressed,
  tenantId: TenantId,
  directory: SenderDirectory,
  fresh: boolean,
): Promise<'accepted' | 'mustProve' | PermanentFailure> {
  const domains = domainsOf(mail)
  const finding = findTenant(mail, await directory.tenantsByDomain(domains, fresh), tenantId)
  if (finding.kind === 'unroutable') return new PermanentFailure(finding.reason, finding.detail)
  if (finding.kind === 'tenant') return finding.tenant.policy.unauthenticatedSender === 'refuse' ? 'mustProve' : 'accepted'
  const answered = answeredIds(mail)
  const tenants = answered.length === 0 ? [] : await directory.tenantsByThread(answered)
  if (tenants.includes(tenantId)) return 'accepted'
  return finding.ofOtherTenant
    ? new PermanentFailure(
        'senderOfOtherTenant',
        'The author of this mail belongs to another company than the API key, and the mail answers none that is on file. Hand it in with a key of that company.',
      )
    : new PermanentFailure(
        'senderDomainUnknown',
        `The company of this API key has not registered the author's mail domain (${domains[0] ?? 'no From address could be read'}), and the mail answers none that is on file. Add the domain as a host name, or hand in only mail that people of the company wrote or had answered.`,
      )
}
