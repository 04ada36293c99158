/** What each kind of pointer is worth: where it stands, whether it may file, which evidence it becomes. */
import type { Evidence, Pointer } from './decision.ts'

/** Where a mail says which lead it is about. Two places that disagree are a contradiction. */
export type Place = 'subject' | 'subaddress' | 'thread'

/** The place at which each kind of pointer names a lead strongly enough to file by itself; null where it only proposes, or (the name) needs more beside it. */
const strongPlaces: Readonly<Record<Pointer['kind'], Place | null>> = {
  leadNumberInSubject: 'subject',
  quoteNumberInSubject: 'subject',
  leadNumberInSubaddress: 'subaddress',
  quoteNumberInSubaddress: 'subaddress',
  leadNumberInForwarderText: 'subject',
  quoteNumberInForwarderText: 'subject',
  threadReference: 'thread',
  leadNameInSubject: null,
  nearMissNumber: null,
  numberInForwardedSubject: null,
  person: null,
  addressInForwardedText: null,
}

export function strongPlaceOf(pointer: Pointer): Place | null {
  return strongPlaces[pointer.kind]
}

/** In the subject field itself; a forwarder's own words are of the subject's weight, and stand in the body. */
export function standsInSubject({ kind }: Pointer): boolean {
  return kind === 'leadNumberInSubject' || kind === 'quoteNumberInSubject'
}

/** Somebody wrote the number of the lead or of its quote, in full. */
export function isExplicit(pointer: Pointer): boolean {
  const place = strongPlaceOf(pointer)
  return place === 'subject' || place === 'subaddress'
}

/** It has the digits of a lead's number, where they do not count. */
export function isWeakNumber(pointer: Pointer): boolean {
  return pointer.kind === 'nearMissNumber' || pointer.kind === 'numberInForwardedSubject'
}

/** It rests on who stands in the mail, not on what the mail says. */
export function isOfPeople(pointer: Pointer): boolean {
  return pointer.kind === 'person'
}

/** The evidence that a pointer becomes: its code, and the token, name, id or address that it rests on. */
export function evidenceOfPointer(pointer: Pointer): Pick<Evidence, 'code' | 'detail'> {
  if (pointer.kind !== 'person') return { code: pointer.kind, detail: detailOf(pointer) }
  return { code: pointer.role === 'recipient' ? 'recipientIsContactPerson' : 'senderIsContactPerson', detail: pointer.address }
}

function detailOf(pointer: Pointer): string {
  if ('token' in pointer) return pointer.token
  if ('name' in pointer) return pointer.name
  if ('messageId' in pointer) return pointer.messageId
  return 'written' in pointer ? pointer.written : pointer.address
}
