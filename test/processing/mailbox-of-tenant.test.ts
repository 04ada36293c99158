import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTenantId } from '../../src/store/tenants.ts'
import { mail, openOffice, type Handed, type Office } from './office.ts'

let office: Office
/** Fetched from the mailbox of the tenant `xyz`. */
let ours: Handed
beforeAll(async () => {
  office = await openOffice()
  const onlyTenantId = await findTenantId(office.database, 'xyz')
  ours = { channel: 'imap', onlyTenantId, fromTrustedNetwork: false, clientAddress: null, heloName: null }
})
afterAll(async () => {
  await office.close()
})

describe('a mail in the mailbox of one tenant', () => {
  it('becomes that tenant’s where its author belongs to it', async () => {
    expect(await office.send(mail({ Subject: 'XYZ Lead 11111' }), ours)).toMatchObject({ tenant: 'xyz', state: 'inReview' })
  })

  it('is never filed at the tenant of its author, were he ever so well known', async () => {
    const fromOther = mail({ Subject: 'Lead 11111', From: 'olga@other.example' })
    const delivered = await office.send(fromOther, ours)
    expect(delivered).toMatchObject({ state: 'unroutable', reason: 'senderOfOtherTenant', tenant: null, mailId: null })
    expect(delivered.detail).toContain('another registered company')
    expect(await office.confirmations('other')).toEqual([])
    // The same mail in a mailbox of the installation is its author's.
    expect(await office.send(fromOther, { ...ours, onlyTenantId: null })).toMatchObject({ tenant: 'other', state: 'inReview' })
  })

  it('comes from outside where it answers a mail on file, though its author is another tenant’s', async () => {
    const first = mail({ Subject: 'XYZ Lead 11111', 'Message-ID': '<thread@xyz.example>' })
    expect(await office.send(first)).toMatchObject({ tenant: 'xyz', state: 'appended' })
    const answer = mail({ Subject: 'Re: your offer', From: 'olga@other.example', 'In-Reply-To': '<thread@xyz.example>' })
    expect(await office.send(answer, ours)).toMatchObject({ tenant: 'xyz', state: 'inReview', reason: 'unauthenticatedSender' })
  })

  it('does not follow a thread into the files of another tenant', async () => {
    const theirs = mail({ Subject: 'Lead 11111', From: 'olga@other.example', 'Message-ID': '<thread@other.example>' })
    expect(await office.send(theirs)).toMatchObject({ tenant: 'other', state: 'appended' })
    const answer = mail({ Subject: 'Re: offer', From: 'eva@acme.example', 'In-Reply-To': '<thread@other.example>' })
    expect(await office.send(answer, ours)).toMatchObject({ state: 'unroutable', reason: 'senderDomainUnknown', tenant: null })
  })
})
