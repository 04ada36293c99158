/** The parts of mailauth 7.1 that we call and that it does not type itself. Its own type files cover SPF and ARC. */

declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import type { ARCData } from 'mailauth'

  type Resolve = (name: string, type: string) => Promise<unknown>

  export interface HeaderRow {
    /** Field name in lower case. */
    key: string
    line: Buffer
  }
  export interface SignatureHeader {
    type: 'DKIM' | 'ARC'
    /** Why it is reported as neutral without looking up its key. */
    invalid?: string
    /** Why it is not processed at all. */
    skip?: string
    signingDomain: string
    selector: string
    hashAlgo: string
    bodyCanon: string
    /** l=; '' where there is none. */
    maxBodyLength: number | ''
    parsed?: { h?: { value: string } }
  }
  export interface SignatureVerdict {
    status: { result: string; comment?: string; policy?: Record<string, string> }
    signingDomain?: string
    selector?: string
  }
  export interface BodyHash {
    digest(encoding: 'base64'): string
    setContentType(contentType: unknown): void
    getMimeStructureStart(): number
  }
  export interface KeyCache {
    resolver: Resolve
    get(type: string, name: string, minBitLength: number | undefined, options: object): Promise<object>
  }
  export class DkimVerifier {
    constructor(options: { resolver: Resolve; sender: string; strict: boolean; minBitLength: number; curTime: Date })
    resolver: Resolve
    headers: { parsed: HeaderRow[] } | false
    headerFrom: string[]
    fromFields: number
    results: SignatureVerdict[]
    signatureHeaders: SignatureHeader[]
    bodyHashes: Map<string, BodyHash>
    keyCache: KeyCache
    arc: ARCData & { keyCache: KeyCache }
    emitHeaders(header: Buffer): Promise<void>
    finalChunk(): Promise<void>
    prepareSignature(signature: SignatureHeader): void
    addBodyHash(canonicalization: string, algorithm: string, lengthMax: number | ''): string
  }
}

declare module 'mailauth/lib/tools.js' {
  export function getPublicKey(
    type: string,
    name: string,
    minBitLength: number | undefined,
    resolver: (name: string, type: string) => Promise<unknown>,
    options: object,
  ): Promise<{ publicKey: string }>
  /** Relaxed alignment by the Public Suffix List, its private part included; false where there is none. */
  export function getAlignment(domain: string, others: string[], strict: boolean): { domain: string } | false
}

declare module 'mailauth/lib/dmarc/get-dmarc-record.js' {
  type Resolve = (name: string, type: string) => Promise<unknown>
  export interface DmarcRecord {
    adkim?: string
    aspf?: string
    t?: string
  }
  export type RecordLookup = (name: string) => Promise<DmarcRecord | false>
  type Policy = 'none' | 'quarantine' | 'reject'

  export function createRecordLookup(resolver: Resolve, options: { strict: boolean }): RecordLookup
  export function discoverPolicy(
    domain: string,
    lookUp: RecordLookup,
  ): Promise<{ record: DmarcRecord | false; recordDomain: string | null; orgDomain: string | null; error?: Error }>
  export function getOrgDomain(domain: string, lookUp: RecordLookup): Promise<string>
  export function getPolicyTags(record: DmarcRecord): { p: Policy; sp?: Policy; np?: Policy } | null
  export function domainExists(domain: string, resolver: Resolve): Promise<boolean>
}

declare module 'mailauth/lib/dkim/body/index.js' {
  /** The library's own body hash, which ours is held against in tests. */
  export function dkimBody(
    canonicalization: string,
    algorithm: string,
    lengthMax: number | '',
  ): { update(chunk: Buffer): void; digest(encoding: 'base64'): string }
}
