/** DKIM signatures of one message (RFC 6376, 8301, 8463), by mailauth: which of them hold and cover what we rely on, at a bounded cost. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  DkimVerifier,
  type BodyHash,
  type HeaderRow,
  type KeyCache,
  type SignatureHeader,
  type SignatureVerdict,
} from 'mailauth/lib/dkim/dkim-verifier.js'
import { getPublicKey } from 'mailauth/lib/tools.js'
import { addressKey, domainName, type AddressKey, type DomainName } from '../mail/address.ts'
import { authenticationResults } from '../mail/authentication-results.ts'
import type { AuthenticationResult, AuthenticationResults, HeaderLine } from '../mail/message.ts'
import { DnsFailure, type DnsResolver } from './dns-resolver.ts'
import { bodyHashOf, type SignedParts } from './signed-parts.ts'

/** Signatures whose key is looked up; further ones are not looked at. Real mail has one to four. */
export const signaturesMax = 8
/** More DKIM-Signature fields than this, and none is looked at. */
export const signatureFieldsMax = 50
export const signatureCharactersMax = 16_384
export const signedNamesMax = 250
/** Header lines as they stand, folds counted singly: the library's cost grows with their square. */
export const headerRowsMax = 5_000
const authorCharactersMax = 2_000
const blankRunMax = 1_000
/** RFC 8301 §3.2: a verifier must not accept less. */
export const keyBitsMin = 1_024

/** Without these in h= a signature does not count: the author, and the words that choose the lead. */
const indispensable: readonly string[] = ['from', 'subject']
/** RFC 5322 §3.6: at most one of each. A second one that is not signed is somebody else's, and readers differ in which they take (RFC 6376 §8.15). */
const single: readonly string[] = [
  'from',
  'subject',
  'to',
  'cc',
  'date',
  'sender',
  'reply-to',
  'message-id',
  'in-reply-to',
  'references',
  'content-type',
  'content-transfer-encoding',
]

const singleNames: ReadonlySet<string> = new Set(single)

export interface DkimQuestion {
  readonly parts: SignedParts
  /** The same header as we read it, and the author in it. */
  readonly lines: readonly HeaderLine[]
  readonly author: AddressKey
  readonly resolve: DnsResolver['resolve']
  readonly receivedAt: Date
  /** Whether a signature of this domain may vouch for the author; of others the key is not looked up. */
  readonly mayVouch: (signingDomain: DomainName) => boolean
  /** Sealers whose ARC-Message-Signature, if it is the newest, is to be checked as well. */
  readonly trustedSealers: ReadonlySet<string>
}

export interface DkimAnswer {
  readonly signatures: AuthenticationResults['dkim']
  /** Names of single fields that stand in the header and that no valid signature of these domains has covered. */
  readonly uncoveredBy: (domains: ReadonlySet<string>) => readonly string[]
  /** What mailauth's ARC check works on, and what the newest ARC-Message-Signature leaves uncovered. */
  readonly arc: { readonly data: DkimVerifier['arc']; readonly uncovered: readonly string[] } | null
}

const nothing: DkimAnswer = { signatures: [], uncoveredBy: () => single, arc: null }

/**
 * Checks every signature that may vouch.
 *
 * `pass` means that the signature holds and that it covers the whole body, every From and Subject field and every repeated single field. So
 * `policy` (RFC 8601 §2.7.1: not acceptable here) is what a signature gets that has l=, that leaves out From or Subject, or that stands beside
 * a second, unsigned Subject; likewise one by SHA-1 or by a key of less than 1,024 bits. An expired one (x=, by the time of receipt) and one
 * that is not asked about are `neutral`. Where mailauth reads another author or subject than we do, none counts.
 *
 * Replay: a signature says nothing about the envelope, and nothing about fields outside h=. Whoever has a signed mail can send it again, to
 * whom he likes and with fields of his added. Caught here: a further or changed From, Subject or single field, and anything in the body.
 * Not to be caught by DKIM at all: the same mail sent to another recipient (a sub-address of ours, `crm+11111@`), and To, Cc, In-Reply-To or
 * References put into a mail that was signed without them (Exchange Online signs none of these). `uncoveredBy` names them, so that what points
 * to a lead from there need not be believed.
 */
export async function checkDkim(question: DkimQuestion): Promise<DkimAnswer> {
  const count = question.lines.filter(({ name }) => name === 'dkim-signature').length
  if (count === 0 && question.trustedSealers.size === 0) return nothing
  const unfit = unfitness(question)
  if (unfit !== null) return { ...nothing, signatures: [{ result: 'permerror', domain: null, reason: unfit }] }

  const verifier = new BoundedVerifier(question)
  await verifier.emitHeaders(Buffer.from(question.parts.header))
  await verifier.finalChunk()
  const differs = verifier.differsFrom(question)
  const own = verifier.signatureHeaders.filter(({ type }) => type === 'DKIM')
  const signatures = own.map((signature, index) => {
    const refused = differs ?? verifier.refused.get(signature)?.reason
    if (refused !== undefined) return resultOf(signature, verifier.refused.get(signature)?.result ?? 'policy', refused)
    const verdict = verifier.results[index]
    return resultOf(signature, wordOf(verdict), verdict?.status.comment ?? verdict?.status.policy?.['dkim-rules'])
  })
  const sealed = verifier.signatureHeaders.filter(({ type }) => type === 'ARC')
  const arc = differs === null && sealed.length > 0 ? { data: verifier.arc, uncovered: verifier.uncoveredBy(sealed) } : null
  const uncoveredBy = (domains: ReadonlySet<string>): readonly string[] =>
    verifier.uncoveredBy(own.filter((_, index) => signatures[index]?.result === 'pass' && domains.has(signatures[index].domain ?? '')))
  return { signatures, uncoveredBy, arc }
}

function resultOf(signature: SignatureHeader, result: AuthenticationResult, reason: string | undefined): DkimAnswer['signatures'][number] {
  const { selector } = signature
  return { result, domain: domainName(signature.signingDomain), selector, ...(reason === undefined ? {} : { reason }) }
}

function wordOf(verdict: SignatureVerdict | undefined): AuthenticationResult {
  return authenticationResults.find((word) => word === verdict?.status.result) ?? 'permerror'
}

/** Why this header is not given to the library at all: shapes that no mail program makes and whose cost is out of proportion. */
function unfitness({ parts: { header }, lines }: DkimQuestion): string | null {
  let rows = 0
  for (let at = header.indexOf(0x0a); at >= 0; at = header.indexOf(0x0a, at + 1)) rows++
  if (rows > headerRowsMax) return `the header has more than ${headerRowsMax} lines`
  if (longestBlank(header) > blankRunMax) return `the header has a gap of more than ${blankRunMax} blanks`
  const signatures = lines.filter(({ name }) => name === 'dkim-signature' || name.startsWith('arc-'))
  if (signatures.length > signatureFieldsMax) return `more than ${signatureFieldsMax} signatures`
  if (signatures.some(({ value }) => value.length > signatureCharactersMax))
    return `a signature of more than ${signatureCharactersMax} characters`
  if (lines.some(({ name, value }) => name === 'from' && value.length > authorCharactersMax)) return 'the From field is too long'
  return null
}

function longestBlank(header: Uint8Array): number {
  let longest = 0
  let run = 0
  for (const octet of header) {
    run = octet === 0x20 || octet === 0x09 || octet === 0x0d || octet === 0x0a ? run + 1 : 0
    if (run > longest) longest = run
  }
  return longest
}

/** mailauth's verifier, told beforehand which signatures cannot count, and given the body's hashes. */
class BoundedVerifier extends DkimVerifier {
  readonly refused = new Map<SignatureHeader, { result: AuthenticationResult; reason: string }>()
  readonly #question: DkimQuestion
  #asked = 0
  #present: ReadonlyMap<string, number> | null = null

  constructor(question: DkimQuestion) {
    const resolver = async (name: string, type: string): Promise<unknown> => question.resolve(name, type as 'TXT')
    // The sender is used for SPF alone, which is asked elsewhere; without one the library would parse Return-Path.
    super({ resolver, sender: 'unused@invalid', strict: true, minBitLength: keyBitsMin, curTime: question.receivedAt })
    this.#question = question
    this.keyCache = keyCacheOf(question.resolve, resolver)
    this.arc.keyCache = this.keyCache
  }

  override prepareSignature(signature: SignatureHeader): void {
    super.prepareSignature(signature)
    const refusal = this.#refusalOf(signature)
    if (refusal === null) return
    if (signature.type === 'DKIM') this.refused.set(signature, refusal)
    signature.invalid = refusal.reason
  }

  #refusalOf(signature: SignatureHeader): { result: AuthenticationResult; reason: string } | null {
    const domain = domainName(signature.signingDomain)
    if (signature.type === 'ARC') {
      const trusted = domain !== null && this.#question.trustedSealers.has(domain)
      return trusted && this.#gapOf(signature) === null ? null : { result: 'policy', reason: 'not of a trusted sealer, or not of all' }
    }
    if (signature.skip !== undefined || signature.invalid !== undefined) {
      return { result: 'neutral', reason: signature.skip ?? signature.invalid ?? '' }
    }
    if (domain === null) return { result: 'permerror', reason: 'd= is no domain' }
    if (!this.#question.mayVouch(domain)) return { result: 'neutral', reason: 'not asked, since it cannot vouch for the author' }
    const gap = this.#gapOf(signature)
    if (gap !== null) return { result: 'policy', reason: gap }
    return ++this.#asked > signaturesMax ? { result: 'neutral', reason: `not asked, as one of more than ${signaturesMax}` } : null
  }

  /** What it leaves open to change, in words; null where it covers all that must be covered. */
  #gapOf(signature: SignatureHeader): string | null {
    const names = signedNames(signature)
    const signed = counted(names)
    if (signature.maxBodyLength !== '') return 'it covers a part of the body alone (l=)'
    if (names.length > signedNamesMax) return `it names more than ${signedNamesMax} fields`
    for (const name of single) {
      const present = this.#presentOf(name)
      const open = present - (signed.get(name) ?? 0)
      if (open > 0 && (present > 1 || indispensable.includes(name))) return `it does not cover the ${name} field`
    }
    return null
  }

  /** How many of them stand in the header: as the library reads it, or as we do, whichever sees more. */
  #presentOf(name: string): number {
    this.#present ??= counted(
      this.#rows().map(({ key }) => key),
      this.#question.lines.map((line) => line.name),
    )
    return this.#present.get(name) ?? 0
  }

  #rows(): readonly HeaderRow[] {
    return this.headers === false ? [] : this.headers.parsed
  }

  uncoveredBy(holding: readonly SignatureHeader[]): readonly string[] {
    const covered = new Set(holding.flatMap(signedNames))
    return single.filter((name) => !covered.has(name) && this.#presentOf(name) > 0)
  }

  override addBodyHash(canonicalization: string, algorithm: string, lengthMax: number | ''): string {
    const key = `${canonicalization}:${algorithm}:${lengthMax}`
    if (!this.bodyHashes.has(key)) this.bodyHashes.set(key, knownHash(bodyHashOf(this.#question.parts, canonicalization, algorithm)))
    return key
  }

  /**
   * Why the library's reading cannot be taken for ours; null where both read the same. A field that only we see (behind a lone carriage return,
   * say) would otherwise pass for the one that h= names and that is not there.
   */
  differsFrom({ lines, author }: DkimQuestion): string | null {
    const [from] = this.headerFrom
    if (this.fromFields !== 1 || this.headerFrom.length !== 1 || from === undefined || addressKey(from) !== author) {
      return 'the From field can be read in more than one way'
    }
    const theirs = this.#rows().filter(({ key }) => singleNames.has(key))
    const ours = lines.filter(({ name }) => singleNames.has(name))
    for (let index = 0; index < Math.max(theirs.length, ours.length); index++) {
      const [row, line] = [theirs[index], ours[index]]
      if (row?.key !== line?.name || relaxedAscii(valueOf(row?.line)) !== relaxedAscii(line?.value ?? '')) {
        return `the ${line?.name ?? row?.key ?? ''} field can be read in more than one way`
      }
    }
    return null
  }
}

function counted(...readings: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>()
  for (const names of readings) {
    const counts = new Map<string, number>()
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const [name, count] of counts) most.set(name, Math.max(count, most.get(name) ?? 0))
  }
  return most
}

function signedNames(signature: SignatureHeader): string[] {
  return (signature.parsed?.h?.value ?? '').toLowerCase().split(':')
}

function valueOf(line: Buffer | undefined): string {
  return line?.toString('latin1', line.indexOf(0x3a) + 1) ?? ''
}

/**
 * A value as a signature in relaxed form sees it (RFC 6376 §3.4.2), but for what is not ASCII, which charsets make differ. White space stays: the
 * library takes a line that is no field for the end of the one above, with nothing between, and where we put a blank `111112` becomes two numbers.
 */
function relaxedAscii(value: string): string {
  return value
    .replaceAll(/\r?\n|[^\u0001-\u007f]/g, '')
    .replaceAll(/[ \t]+/g, ' ')
    .trim()
}

/** One that was worked out where the body was read, in the library's shape. */
function knownHash(digest: string): BodyHash {
  return { digest: () => digest, setContentType: () => undefined, getMimeStructureStart: () => 0 }
}

interface ParsedKey {
  readonly publicKey: string | KeyObject
}
/** Keys ready for use, as long as the resolver remembers the record that they came in: reading one costs more than verifying with it. */
const parsedKeys = new WeakMap<object, Map<string, Promise<ParsedKey>>>()

function keyCacheOf(resolve: DnsResolver['resolve'], resolver: KeyCache['resolver']): KeyCache {
  const find = async (type: string, name: string, minBitLength: number | undefined, options: object): Promise<ParsedKey> => {
    const records = await resolve(name, 'TXT').catch((error: unknown) => {
      throw (error as DnsFailure).kind === 'badName' ? new DnsFailure('noSuchName', 'ENOTFOUND', name) : error
    })
    const parsed = parsedKeys.get(records) ?? new Map<string, Promise<ParsedKey>>()
    parsedKeys.set(records, parsed)
    const kind = `${type} ${minBitLength} ${JSON.stringify(options)}`
    const key = parsed.get(kind) ?? parseKey(getPublicKey(type, name, minBitLength, async () => records, options))
    parsed.set(kind, key)
    return key
  }
  return {
    resolver,
    get(type, name, minBitLength, options) {
      const key = find(type, name, minBitLength, options)
      // The ARC check asks for all keys ahead, and may never come back for one.
      key.catch(() => undefined)
      return key
    },
  }
}

async function parseKey(found: Promise<{ publicKey: string }>): Promise<ParsedKey> {
  const key = await found
  return { ...key, publicKey: createPublicKey(key.publicKey) }
}
