/** What a look-up of a host name's proof found, what that means, and what to do, in words: for the command line and the page. */
import { domainToUnicode } from 'node:url'
import type { ProofFinding, ProofRecord } from '../crm/host-proof.ts'
import type { DomainName } from '../mail/address.ts'
import type { CheckedClaim } from './host-name-proof.ts'

/** As the program keeps it, and as people write it where that differs. */
export function shownDomain(name: DomainName): string {
  const unicode = domainToUnicode(name)
  return unicode === '' || unicode === name ? name : `${name} (${unicode})`
}

/** Two sentences or more, the finding first. */
export function findingInWords(checked: CheckedClaim): string[] {
  return [whatWasFound(checked), ...whatItMeans(checked)]
}

type Found = Pick<CheckedClaim, 'finding' | 'values' | 'foundAt' | 'trouble'> & {
  readonly claim: { readonly name: DomainName }
  readonly record: ProofRecord
}

function whatWasFound({ claim, record, finding, values, foundAt, trouble }: Found): string {
  const { name, value } = record
  if (finding === 'found') return `The TXT record at ${name} is there.`
  if (finding === 'missing')
    return `There is no TXT record at ${name}. Set it, with the value ${value}, and verify again; it may take an hour until a change in the DNS is seen everywhere.`
  if (finding === 'wrongValue') {
    const others = values.length === 0 ? '' : `: ${values.map(quoted).join(', ')}`
    return `The TXT record at ${name} has another value${others}. It must be ${value}: correct it, or set a second one beside it, and verify again.`
  }
  if (finding === 'misplaced') {
    const isDoubled = foundAt === `${name}.${claim.name}`
    const hint = isDoubled ? ' The form in which it was entered adds the domain by itself: leave it away there.' : ''
    const place = foundAt === null ? 'at another name' : `at ${foundAt}`
    return `The record stands ${place}, where it does not count; it belongs at ${name}.${hint} Move it, and verify again.`
  }
  const unknown = 'That says nothing about the record: try again in a few minutes.'
  if (trouble === 'ETIMEOUT')
    return `No name server answered for ${name} in time. ${unknown} If it stays so, see whether this machine reaches its name servers (leadpost check; DNS_SERVERS).`
  return `The name servers could not tell about ${name} (${trouble ?? 'no answer'}). ${unknown} If it stays so, ask whoever runs the DNS of ${claim.name}.`
}

function whatItMeans({ claim, finding, outcome }: CheckedClaim): string[] {
  const name = shownDomain(claim.name)
  if (outcome.change === 'withdrawn') return [`${name} was removed meanwhile, so nothing was changed.`]
  if (outcome.change === 'heldByOther')
    return [
      `But another tenant has ${name}, and keeps it for as long as its own proof holds; it does not count for the tenant "${claim.tenant}".`,
    ]
  if (outcome.change === 'lapsed')
    return [
      `It was gone for too long: ${name} is unproven again${outcome.counts ? ', and counts only since the operator vouched for it' : ''}.`,
    ]
  if (finding === 'found') return [`${name} is proven: mail from there belongs to the tenant "${claim.tenant}".`]
  if (outcome.lapsesAt !== null)
    return [`${name} was proven before and still counts. Without the record it counts no more from ${outcome.lapsesAt.toISOString()}.`]
  return [outcome.counts ? `${name} counts all the same.` : `${name} does not count yet.`]
}

/** What the last look-up found, as far as it is kept; null where nobody has looked. */
export function keptFindingInWords(name: DomainName, record: ProofRecord | null, finding: ProofFinding | null): string | null {
  return record === null || finding === null
    ? null
    : whatWasFound({ claim: { name }, record, finding, values: [], foundAt: null, trouble: null })
}

/** Anybody may write anything into the DNS, and this goes to a terminal. */
function quoted(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '?')}"`
}
