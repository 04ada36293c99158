/** Leads that people make and change. A number is never reused; what somebody else changed meanwhile is never overwritten. */
import type { CompanyId, ContactPersonId, UserId } from '../crm/ids.ts'
import { isLeadNumber, leadNumberDigitsMax } from '../crm/lead-number.ts'
import type { LeadStatus } from '../crm/policy.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import { addressKey } from '../mail/address.ts'
import { writeAudit } from '../store/audit.ts'
import { missingContactPersons } from '../store/contact-persons.ts'
import type { Database, Sql } from '../store/database.ts'
import {
  changeLead,
  findActiveUser,
  insertLead,
  readLeadRow,
  takeLeadNumber,
  writeKeyPlayers,
  type LeadWhole,
  type WrittenKeyPlayer,
} from '../store/leads.ts'
import type { Asker } from './asker.ts'
import { companyOrNew, requireCompany, type CompanyOrNew } from './work-company.ts'

export interface WantedLead {
  readonly name: string
  /** The next free one where it is absent. */
  readonly number?: string | undefined
  readonly company?: CompanyOrNew | undefined
  /** A user's address; the asker where it is absent. */
  readonly owner?: string | undefined
  readonly keyPlayers?: readonly WrittenKeyPlayer[] | undefined
}

/**
 * Makes a lead, and its company with it where that is new.
 * @throws PermanentFailure `notFound` (company, contact person, owner), `inputInvalid`; ConflictFailure with the lead that has the number, or
 * the company that has the name.
 */
export async function createLead(database: Database, asker: Asker, wanted: WantedLead): Promise<LeadWhole> {
  const { tenantId, actor } = asker
  return await database.tenantSql(tenantId, async (sql) => {
    const companyId = wanted.company === undefined ? null : await companyOrNew(sql, asker, wanted.company)
    const ownerId = wanted.owner === undefined ? asker.userId : await requireUser(sql, asker, wanted.owner)
    const number = wanted.number ?? (await takeLeadNumber(sql, tenantId))
    if (!isLeadNumber(number))
      throw new PermanentFailure('inputInvalid', `"${number}" is no lead number: it is made of the digits 0 to 9`, {
        fault: faultOf('leadNumberWrong', { number, max: leadNumberDigitsMax }),
      })
    const id = await insertLead(sql, tenantId, { number, name: wanted.name, companyId, ownerId })
    if (id === null) {
      const current = await requireLead(sql, asker, number)
      throw new ConflictFailure(`The number ${number} is taken, by "${current.name}"; leave it out to get the next free one`, current, {
        fault: faultOf('leadNumberTaken', { number, name: current.name }),
      })
    }
    await writePlayers(sql, asker, id, wanted.keyPlayers)
    await writeAudit(sql, tenantId, { actor, action: 'leadCreated', subject: number, detail: { name: wanted.name, companyId } })
    return await requireLead(sql, asker, number)
  })
}

export interface LeadEdit {
  readonly version: number
  readonly name?: string | undefined
  readonly status?: LeadStatus | undefined
  /** Null takes it away. */
  readonly owner?: string | null | undefined
  readonly company?: { readonly id: CompanyId } | null | undefined
  /** These and no others. */
  readonly keyPlayers?: readonly WrittenKeyPlayer[] | undefined
}

/** @throws PermanentFailure `notFound` (lead, company, contact person, owner); ConflictFailure with the lead as it is now. */
export async function updateLead(database: Database, asker: Asker, number: string, edit: LeadEdit): Promise<LeadWhole> {
  const { tenantId, actor } = asker
  return await database.tenantSql(tenantId, async (sql) => {
    const before = await requireLead(sql, asker, number)
    const { version, keyPlayers, company, owner, ...plain } = edit
    const companyId = company === undefined || company === null ? company : (await requireCompany(sql, asker, company.id)).id
    const ownerId = owner === undefined || owner === null ? owner : await requireUser(sql, asker, owner)
    if (!(await changeLead(sql, tenantId, before.id, version, { ...plain, companyId, ownerId })))
      throw new ConflictFailure(
        `Lead ${number} was changed by somebody else meanwhile; look at it as it is now`,
        await requireLead(sql, asker, number),
        { fault: faultOf('changedMeanwhile') },
      )
    await writePlayers(sql, asker, before.id, keyPlayers)
    await writeAudit(sql, tenantId, { actor, action: 'leadChanged', subject: number, detail: { ...edit, before: summaryOf(before) } })
    return await requireLead(sql, asker, number)
  })
}

/** What an undo by hand would want to know. */
function summaryOf({ name, status, company, owner }: LeadWhole): Readonly<Record<string, unknown>> {
  return { name, status, company: company?.id ?? null, owner: owner?.email ?? null }
}

/** @throws PermanentFailure `notFound`. */
export async function requireLead(sql: Sql, asker: Asker, number: string): Promise<LeadWhole> {
  const lead = await readLeadRow(sql, asker.tenantId, number)
  if (lead === null) throw new PermanentFailure('notFound', `There is no lead ${number}`, { fault: faultOf('leadUnknown', { number }) })
  return lead
}

/** @throws PermanentFailure `notFound`, also for one who is disabled. */
export async function requireUser(sql: Sql, asker: Asker, written: string): Promise<UserId> {
  const email = addressKey(written)
  const id = email === null ? null : await findActiveUser(sql, asker.tenantId, email)
  if (id === null)
    throw new PermanentFailure('notFound', `Nobody here has the address "${written}"; it must be that of a user who can sign in`, {
      fault: faultOf('ownerUnknown', { address: written }),
    })
  return id
}

async function writePlayers(sql: Sql, asker: Asker, id: LeadWhole['id'], players: readonly WrittenKeyPlayer[] | undefined): Promise<void> {
  if (players === undefined) return
  // The last role counts where somebody stands twice.
  const distinct = [...new Map(players.map((player) => [player.contactPersonId, player])).values()]
  const missing = await missingContactPersons(sql, asker.tenantId, distinct.map(contactPersonOf))
  if (missing.length > 0)
    throw new PermanentFailure('notFound', `There is no contact person ${missing.join(', ')}`, { fault: faultOf('contactPersonUnknown') })
  await writeKeyPlayers(sql, asker.tenantId, id, distinct)
}

function contactPersonOf(player: WrittenKeyPlayer): ContactPersonId {
  return player.contactPersonId
}
