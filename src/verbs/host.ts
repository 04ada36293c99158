/** `leadpost host`: the mail domains of a tenant, and the DNS records that prove them. */
import { graceMs, leavesRoomForProof, type ProofRecord } from '../crm/host-proof.ts'
import { PermanentFailure } from '../failure.ts'
import { readHostName } from '../leads/host-name.ts'
import { domainName, type DomainName } from '../mail/address.ts'
import { openDnsResolver } from '../processing/dns-resolver.ts'
import { verifyHostName, type CheckedClaim } from '../processing/host-name-proof.ts'
import { findingInWords, shownDomain } from '../processing/host-name-words.ts'
import { addHostClaim, listHostNames, removeHostName, type HostNameJson, type HostNameState } from '../store/host-claims.ts'
import { withStore } from './reach-store.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'

const graceDays = graceMs / (24 * 3_600_000)

export const host: Verb = {
  name: 'host',
  summary: 'host names: the mail domains of a tenant, and the DNS records that prove them',
  usage: [
    'host add --tenant SLUG NAME [--subdomains | --no-subdomains]',
    'host verify NAME [--tenant SLUG]',
    'host list [--tenant SLUG]',
    'host remove --tenant SLUG NAME',
  ],
  details: [
    "A host name is what stands after the @ of a salesperson: mail from there is that tenant's. add prints the TXT record that proves it; the name",
    'counts once verify has found that record. Several tenants may add a name, and the first whose record is found has it. What load names is vouched',
    `for and needs no record. A running program looks again every day; a name whose record is gone for ${graceDays} days counts no more.`,
  ],
  options: {
    tenant: { type: 'string', value: 'SLUG', help: 'the tenant' },
    subdomains: { type: 'boolean', help: 'mail from every domain below the name counts as well (host add)' },
    'no-subdomains': { type: 'boolean', help: 'mail from the name itself alone counts; so it is unless you say otherwise (host add)' },
  },
  logs: 'warnings',
  async run(call) {
    const [what, written, ...more] = call.positionals
    if (what === 'list' && written === undefined) return list(call)
    if (written === undefined || more.length > 0) throw new UsageError(`host does not know "${call.positionals.join(' ')}"`)
    if (what === 'add') return add(call, written)
    if (what === 'verify') return verify(call, readName(written))
    if (what === 'remove') return remove(call, readName(written))
    throw new UsageError(`host does not know "${what ?? ''}"`)
  },
}

/** A name that is on file may be one that could not be added any more. */
function readName(written: string): DomainName {
  const name = domainName(written.trim())
  if (name === null) throw new UsageError(`"${written}" is not a domain name; give what stands after the @ of the mail addresses`)
  return name
}

function readNewName(written: string): DomainName {
  const reading = readHostName(written)
  if (reading.kind === 'refused')
    throw new PermanentFailure('inputInvalid', `${reading.why}. Give what stands after the @ of your company's own mail addresses.`)
  if (!leavesRoomForProof(reading.name))
    throw new PermanentFailure('inputInvalid', `${reading.name} is so long that there can be no record below it; it cannot be proven`)
  return reading.name
}

async function add({ options, config, log, output, json }: VerbCall, written: string): Promise<number> {
  const tenant = options.required('tenant')
  if (options.has('subdomains') && options.has('no-subdomains')) throw new UsageError('give --subdomains or --no-subdomains, not both')
  const subdomains = options.has('subdomains') ? true : options.has('no-subdomains') ? false : null
  const name = readNewName(written)
  const added = await withStore(config, log, ({ database }) => addHostClaim(database, tenant, { name, subdomains, actor: 'operator' }))
  const { record, counts, heldByOther } = added
  if (json) {
    output.json({ tenant, name, record: { type: 'TXT', ...record }, counts, heldByOther })
    return 0
  }
  output.line(
    counts
      ? `${shownDomain(name)} counts for the tenant "${tenant}" already.`
      : `${shownDomain(name)} is noted for the tenant "${tenant}". It does not count yet.`,
  )
  if (heldByOther) output.line('Another tenant has this name (host list shows which). It can become yours only once that one gives it up.')
  output.line(`\n${recordInWords(name, record)}\n\nThen: leadpost host verify ${name}`)
  return 0
}

function recordInWords(name: DomainName, record: ProofRecord): string {
  return [
    `The record that proves it, to be set by whoever runs the DNS of ${shownDomain(name)}:`,
    '',
    `  name    ${record.name}`,
    '  type    TXT',
    `  value   ${record.value}`,
    '',
    `It stays there for good: it is looked for again every day.`,
  ].join('\n')
}

async function verify({ options, config, log, output, json }: VerbCall, name: DomainName): Promise<number> {
  const slug = options.text('tenant')
  const dns = openDnsResolver({ servers: config.dnsServers ?? [] })
  try {
    const checked = await withStore(config, log, ({ database }) =>
      verifyHostName(database, dns, { name, slug, at: new Date(), actor: 'operator' }),
    )
    const isProven = checked.some(({ finding, outcome }) => finding === 'found' && outcome.counts)
    if (json) output.json({ name, proven: isProven, claims: checked.map(claimJson) })
    else
      for (const each of checked)
        output.line(checked.length > 1 ? `${each.claim.tenant}: ${findingInWords(each).join('\n')}` : findingInWords(each).join('\n'))
    return isProven ? 0 : 1
  } finally {
    dns.close()
  }
}

function claimJson({ claim, record, finding, values, foundAt, trouble, outcome }: CheckedClaim): Record<string, unknown> {
  return {
    tenant: claim.tenant,
    finding,
    counts: outcome.counts,
    heldByOther: outcome.change === 'heldByOther',
    record: { type: 'TXT', ...record },
    values,
    foundAt,
    trouble,
    lapsesAt: outcome.lapsesAt?.toISOString() ?? null,
  }
}

const stateWords: Readonly<Record<HostNameState, string>> = {
  vouchedFor: 'counts (vouched for)',
  proven: 'counts (proven)',
  proofMissing: 'counts, but its record is gone',
  unproven: 'does not count yet',
}

async function list({ options, config, log, output, json }: VerbCall): Promise<number> {
  const tenant = options.text('tenant')
  const names = await withStore(config, log, ({ database }) => listHostNames(database, tenant))
  if (json) {
    output.json({ tenant, hostNames: names })
    return 0
  }
  const row = ({ tenant, name, subdomains, state, record, lapsesAt }: HostNameJson): string[] => [
    tenant,
    shownDomain(name),
    subdomains ? 'with sub-domains' : '',
    lapsesAt === null ? stateWords[state] : `${stateWords[state]}; lapses ${lapsesAt}`,
    state === 'unproven' || state === 'proofMissing' ? (record?.name ?? '') : '',
  ]
  output.table(['tenant', 'host name', '', 'state', 'record to set (host add tells its value)'], names.map(row))
  return 0
}

async function remove({ options, config, log, output, json }: VerbCall, name: DomainName): Promise<number> {
  const tenant = options.required('tenant')
  await withStore(config, log, ({ database }) => removeHostName(database, tenant, name, 'operator'))
  if (json) output.json({ tenant, name, removed: true })
  else
    output.line(
      `${shownDomain(name)} is no host name of the tenant "${tenant}" any more. What was filed stays; its TXT record may be removed.`,
    )
  return 0
}
