/** Looks up in the DNS whether a host name is whose tenant says so, and keeps what was found. */
import { proofRecord, type ProofFinding, type ProofRecord } from '../crm/host-proof.ts'
import { PermanentFailure } from '../failure.ts'
import type { DomainName } from '../mail/address.ts'
import type { Database } from '../store/database.ts'
import { findHostClaims, recordHostCheck, type HostCheck, type HostClaim } from '../store/host-claims.ts'
import { DnsFailure, type DnsResolver } from './dns-resolver.ts'

/** All that proving needs of a resolver. */
export type TxtResolver = Pick<DnsResolver, 'resolve'>

/** Values shown of those that stand where the record should; a name may have many. */
const valuesShownMax = 10
const valueCharactersMax = 255

/** What the DNS answered for one record. */
export interface ProofLookUp {
  readonly finding: ProofFinding
  /** Where it was not the right one: what stands there instead, bounded. */
  readonly values: readonly string[]
  /** `misplaced`: the name at which the right value stands. */
  readonly foundAt: string | null
  /** `unknown`: the resolver's word for it, such as `ETIMEOUT` or `ESERVFAIL`. */
  readonly trouble: string | null
}

/** The TXT records of a name, each joined to one text, or in which way nobody could be asked. */
type TxtAnswer = { readonly kind: 'answered'; readonly values: readonly string[] } | { readonly kind: 'unknown'; readonly trouble: string }

async function askTxt(dns: TxtResolver, name: string): Promise<TxtAnswer> {
  try {
    const records = await dns.resolve(name, 'TXT')
    return { kind: 'answered', values: records.map((strings) => strings.join('')) }
  } catch (error) {
    if (!(error instanceof DnsFailure)) throw error
    if (error.kind === 'noSuchName' || error.kind === 'noData') return { kind: 'answered', values: [] }
    return { kind: 'unknown', trouble: error.code }
  }
}

function judge(answer: TxtAnswer, record: ProofRecord): ProofLookUp {
  if (answer.kind === 'unknown') return { finding: 'unknown', values: [], foundAt: null, trouble: answer.trouble }
  const { values } = answer
  const finding = values.some((value) => isRecord(value, record)) ? 'found' : values.length > 0 ? 'wrongValue' : 'missing'
  const shown = values.slice(0, valuesShownMax).map((value) => value.slice(0, valueCharactersMax))
  return { finding, values: finding === 'wrongValue' ? shown : [], foundAt: null, trouble: null }
}

/** Whoever typed quotation marks or capitals into a form meant the same; the token is too long to be met by chance. */
function isRecord(value: string, record: ProofRecord): boolean {
  const bare = value
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
  return bare.toLowerCase() === record.value
}

/** At which other name it stands: the host name itself, or one that a form completed a second time. Two usual slips; null where it is neither. */
async function findMisplaced(dns: TxtResolver, name: DomainName, record: ProofRecord): Promise<string | null> {
  for (const place of [name, `${record.name}.${name}`]) {
    const answer = await askTxt(dns, place)
    if (answer.kind === 'answered' && answer.values.some((value) => isRecord(value, record))) return place
  }
  return null
}

export interface CheckedClaim extends ProofLookUp {
  readonly claim: HostClaim
  readonly record: ProofRecord
  readonly outcome: HostCheck
}

/** One claim, as the timetable asks it. */
export async function checkClaim(database: Database, dns: TxtResolver, claim: HostClaim, at: Date): Promise<CheckedClaim> {
  const record = proofRecord(claim.name, claim.token)
  const lookUp = judge(await askTxt(dns, record.name), record)
  const outcome = await recordHostCheck(database, claim, { finding: lookUp.finding, at, actor: 'rule' })
  return { ...lookUp, claim, record, outcome }
}

/**
 * Looks a name up for whoever claims it, or for one tenant (`slug`). Proves it for the one whose record is there.
 * @throws PermanentFailure `notFound` (nobody claims it), `conflict` (the records of several tenants are there and none has it: a person decides).
 */
export async function verifyHostName(
  database: Database,
  dns: TxtResolver,
  wanted: { readonly name: DomainName; readonly slug: string | null; readonly at: Date; readonly actor: string },
): Promise<CheckedClaim[]> {
  const { name, slug, at, actor } = wanted
  const claims = await findHostClaims(database, name, slug)
  if (claims.length === 0) {
    const who = slug === null ? 'No tenant' : `The tenant "${slug}"`
    throw new PermanentFailure(
      'notFound',
      `${who} has added ${name}, so there is no record to look for. First: leadpost host add --tenant T ${name}`,
    )
  }
  const looked: { claim: HostClaim; record: ProofRecord; lookUp: ProofLookUp }[] = []
  for (const claim of claims) {
    const record = proofRecord(name, claim.token)
    // The resolver remembers: however many claim it, the name is asked once.
    looked.push({ claim, record, lookUp: await explainMissing(dns, name, record, judge(await askTxt(dns, record.name), record)) })
  }
  const found = looked.filter(({ lookUp }) => lookUp.finding === 'found').map(({ claim }) => claim)
  if (found.length > 1 && !found.some(({ holds }) => holds)) {
    const tenants = found.map(({ tenant }) => `"${tenant}"`).join(', ')
    throw new PermanentFailure('conflict', `The records of several tenants are there (${tenants}); say whose ${name} is, with --tenant`)
  }
  const checked: CheckedClaim[] = []
  for (const { claim, record, lookUp } of looked) {
    const outcome = await recordHostCheck(database, claim, { finding: lookUp.finding, at, actor })
    checked.push({ ...lookUp, claim, record, outcome })
  }
  return checked
}

async function explainMissing(dns: TxtResolver, name: DomainName, record: ProofRecord, lookUp: ProofLookUp): Promise<ProofLookUp> {
  if (lookUp.finding !== 'missing' && lookUp.finding !== 'wrongValue') return lookUp
  const foundAt = await findMisplaced(dns, name, record)
  return foundAt === null ? lookUp : { ...lookUp, finding: 'misplaced', foundAt }
}
