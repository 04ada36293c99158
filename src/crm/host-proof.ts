/** A tenant proves that a host name is his by a TXT record (PRODUCT §2): which record, what may be found instead, and what follows from it. */
import type { DomainName } from '../mail/address.ts'

export interface ProofRecord {
  readonly name: string
  readonly value: string
}

/** Under a label that is nobody's host (RFC 8552), so that it stands beside whatever else the domain publishes, and beside other tenants' records. */
const label = '_leadpost'
const nameOctetsMax = 253

/** `token` is the claim's own, so that nobody can use a record that was set for somebody else. */
export function proofRecord(name: DomainName, token: string): ProofRecord {
  return { name: `${label}.${name}`, value: `leadpost-verification=${token}` }
}

/** False for a name so long that there can be no record below it (RFC 1035 §2.3.4). */
export function leavesRoomForProof(name: DomainName): boolean {
  return label.length + 1 + name.length <= nameOctetsMax
}

/**
 * What a look-up told: the record; none there; others there; ours, but at another name; or nothing, since nobody could be asked, which says
 * neither yes nor no (invariant 7).
 */
export const proofFindings = ['found', 'missing', 'wrongValue', 'misplaced', 'unknown'] as const
export type ProofFinding = (typeof proofFindings)[number]

/** A proven name is looked up so often, */
export const checkEveryMs = 24 * 3_600_000
/** and while its record is gone, or nobody could be asked, so often. */
export const checkAgainMs = 3_600_000
/** For so long a record may be gone before its name counts no more: people move their DNS, and forget a record, and have weekends. */
export const graceMs = 7 * 24 * 3_600_000
/** Answers without the record that it takes as well, so that a program that slept through the grace time does not judge by two. */
export const missingAnswersMin = 24

export interface ProofState {
  readonly isProven: boolean
  /** The first of the answers without the record since it was last there; null while it is there, and for a name that is not proven. */
  readonly missingSince: Date | null
  readonly missingAnswers: number
}

/** `restored`: a record that was missing is back in time. `lapsed`: it was gone for too long. */
export type ProofChange = 'proven' | 'restored' | 'missed' | 'lapsed' | null

/** What one more look-up at that time makes of it. */
export function nextProof(
  state: ProofState,
  finding: ProofFinding,
  at: Date,
): { readonly state: ProofState; readonly change: ProofChange } {
  if (finding === 'unknown') return { state, change: null }
  const { isProven, missingSince, missingAnswers } = state
  if (finding === 'found') {
    const change = !isProven ? 'proven' : missingSince === null ? null : 'restored'
    return { state: { isProven: true, missingSince: null, missingAnswers: 0 }, change }
  }
  if (!isProven) return { state, change: null }
  const missing: ProofState = { isProven, missingSince: missingSince ?? at, missingAnswers: missingAnswers + 1 }
  if (missingSince !== null && at >= lapsesAt(missingSince) && missing.missingAnswers >= missingAnswersMin)
    return { state: { isProven: false, missingSince: null, missingAnswers: 0 }, change: 'lapsed' }
  return { state: missing, change: missingSince === null ? 'missed' : null }
}

/** The earliest moment at which a name whose record is gone counts no more. */
export function lapsesAt(missingSince: Date): Date {
  return new Date(missingSince.getTime() + graceMs)
}

/** When to look again, without being asked to. A record that came back after all makes its name count anew. */
export function nextCheckAt(state: ProofState, finding: ProofFinding, at: Date): Date {
  const isSettled = finding !== 'unknown' && state.missingSince === null
  return new Date(at.getTime() + (isSettled ? checkEveryMs : checkAgainMs))
}
