/** An office with mail that waits, and what becomes of it when something is added to the CRM. */
import { expect } from 'vitest'
import type { CompanyId, TenantId } from '../../src/crm/ids.ts'
import { createLead } from '../../src/leads/work-lead.ts'
import type { Envelope } from '../../src/mail/message.ts'
import { openOfferSweep, type OfferSweep } from '../../src/processing/offer-sweep.ts'
import type { ConfirmationJson } from '../../src/store/confirmations.ts'
import { findTenantId } from '../../src/store/tenants.ts'
import { crmAddress, mail, type Office, openOffice } from './office.ts'

export const importLimits = { keep: true, rowsMax: 20_000, crmAddresses: [crmAddress] }

/** A mail that waits. */
export interface Waiting {
  now(): Promise<ConfirmationJson | undefined>
  /** The numbers of its candidates, best first. */
  leads(): Promise<string[] | undefined>
}

export interface WaitingOffice {
  readonly office: Office
  /** Does nothing by itself. */
  readonly sweep: OfferSweep
  readonly xyz: TenantId
  readonly other: TenantId
  asker(tenantId?: TenantId): { readonly tenantId: TenantId; readonly actor: string; readonly userId: null }
  reviewer(actor?: string): {
    readonly tenantId: TenantId
    readonly actor: string
    readonly role: 'admin'
    readonly userId: null
    readonly at: Date
  }
  /** Hands in a mail that must wait. */
  wait(fields: Record<string, string | null>, how?: Partial<Envelope> & { readonly tenant?: string }): Promise<Waiting>
  lead(number: string, more?: { readonly name?: string; readonly tenantId?: TenantId; readonly companyId?: CompanyId }): Promise<void>
  /** What the trail tells of a question that was asked anew. */
  audited(confirmationId: string | undefined): Promise<{ readonly actor: string; readonly detail: Record<string, unknown> }[]>
  leftToDo(): Promise<unknown[]>
  close(): Promise<void>
}

export async function openWaitingOffice(): Promise<WaitingOffice> {
  const office = await openOffice({ claimMs: 60_000 })
  const { database, db } = office
  const sweep = openOfferSweep(office.processing.context, { sweepMs: 3_600_000 })
  const [xyz, other] = [await findTenantId(database, 'xyz'), await findTenantId(database, 'other')]
  const asker: WaitingOffice['asker'] = (tenantId = xyz) => ({ tenantId, actor: 'bert@xyz.example', userId: null })
  return {
    office,
    sweep,
    xyz,
    other,
    asker,
    reviewer: (actor = 'bert@xyz.example') => ({ tenantId: xyz, actor, role: 'admin', userId: null, at: new Date() }),
    async wait(fields, { tenant = 'xyz', ...envelope } = {}) {
      const id = `<${crypto.randomUUID()}@xyz.example>`
      const delivered = await office.send(mail({ To: 'Zoe <zoe@new.example>', 'Message-ID': id, ...fields }), envelope)
      expect(delivered.state).toBe('inReview')
      const now = async (): Promise<ConfirmationJson | undefined> =>
        (await office.confirmations(tenant)).find(({ messageId }) => messageId === id)
      return { now, leads: async () => (await now())?.candidates.map((candidate) => candidate.lead) }
    },
    async lead(number, { name = `Topic ${number} of offers`, tenantId = xyz, companyId } = {}) {
      await createLead(database, asker(tenantId), { number, name, ...(companyId === undefined ? {} : { company: { id: companyId } }) })
    },
    audited: async (confirmationId) =>
      await db.owner(
        `SELECT actor, detail FROM audit_entry WHERE action = 'confirmationOffered' AND detail->>'confirmationId' = $1 ORDER BY id`,
        [confirmationId],
      ),
    leftToDo: async () => [
      ...(await db.owner('SELECT kind, looked_at FROM addition')),
      ...(await db.owner('SELECT * FROM reconsideration')),
    ],
    async close() {
      await sweep.close()
      await office.close()
    },
  }
}

/** `code detail` of each. */
export function codes(of: readonly { readonly code: string; readonly detail: string }[] | undefined): string[] | undefined {
  return of?.map(({ code, detail }) => `${code} ${detail}`)
}
