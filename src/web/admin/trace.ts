/**
 * A mail's way as the server kept it (processing/trace.ts). Every part may be missing: it was not reached yet, is of an older version of the program, or
 * is hidden from operators. The contract leaves it open-ended, so this is where its shape is known.
 */
import type { CallAnswer } from '../../api/contract.ts'
import type { EvidenceJson } from '../parts/evidence-chip.tsx'

interface Checked {
  readonly result?: string
  readonly domain?: string | null
}

export interface TracedToken {
  readonly token: string
  readonly where: 'subject' | 'subaddress' | 'forwarderText' | 'forwardedSubject'
  readonly lead: string | null
  readonly why: 'leadNumber' | 'quoteNumber' | 'noSuchLead' | 'noSuchQuote' | 'nearMiss' | 'proposes'
}

export interface TracedPerson {
  readonly address: string
  readonly as: 'author' | 'recipient' | 'forwardedAuthor'
  readonly own: boolean
  readonly contactPersons: readonly string[]
}

export type Standing = 'aligned' | 'trustedSubmission' | 'unaligned' | 'rejectedByPolicy' | 'undetermined'
export const stages = ['waited', 'parse', 'tenant', 'authenticate', 'facts', 'match'] as const

type TracedEvidence = Omit<EvidenceJson, 'words'>

export interface Trace {
  readonly ms?: Partial<Record<(typeof stages)[number], number>>
  readonly tenant?: string
  readonly standing?: Standing
  readonly authentication?: {
    readonly spf?: Checked
    readonly dkim?: readonly Checked[]
    readonly dmarc?: Checked & { readonly policy?: string }
    readonly arc?: Checked
    readonly authservId?: string
    readonly reasons?: readonly string[]
  }
  readonly outside?: boolean
  readonly automatic?: string | null
  readonly tokens?: readonly TracedToken[]
  readonly people?: readonly TracedPerson[]
  readonly thread?: readonly string[]
  readonly missingEarlier?: number
  readonly forward?: { readonly verdict?: string; readonly author?: string | null }
  readonly decision?: {
    readonly kind?: string
    readonly reason?: string
    readonly reasons?: readonly string[]
    readonly evidence?: readonly TracedEvidence[]
    readonly candidates?: readonly { readonly leadId: string; readonly number: string; readonly evidence?: readonly TracedEvidence[] }[]
  }
}

export interface TracedDelivery {
  readonly id: string
  readonly tenant: string | null
  readonly state: string
  readonly reason: string | null
  readonly lead: string | null
  readonly detail: string | null
  readonly attempts: number
  readonly dueAt: string
  readonly settledAt: string | null
  readonly trace: Trace | null
}

export interface TracedMessage {
  readonly id: string
  readonly messageId: string | null
  readonly channel: string
  readonly receivedAt: string
  readonly bytes: number
  readonly reversePath: string | null
  readonly forwardPaths: readonly string[]
  readonly clientAddress: string | null
  readonly heloName: string | null
  readonly tls: string | null
  readonly authenticatedAs: string | null
  readonly fromTrustedNetwork: boolean
  readonly deliveries: readonly TracedDelivery[]
}

export function readTrace(answer: CallAnswer<'readMessage'>): TracedMessage {
  return answer as unknown as TracedMessage
}

/** With room for the words that its chip takes from the page's own texts. */
export function chipEvidence(evidence: readonly TracedEvidence[] | undefined): EvidenceJson[] {
  return (evidence ?? []).map((each) => ({ ...each, words: '' }))
}
