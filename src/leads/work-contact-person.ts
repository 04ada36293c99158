/** Contact persons that people make and change, and whose addresses may be theirs. */
import type { CompanyId, ContactPersonId } from '../crm/ids.ts'
import { readCrmAddress } from '../crm/crm-address.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { writeAudit } from '../store/audit.ts'
import {
  changeContactPerson,
  findHolders,
  findOwnAddresses,
  insertContactPerson,
  lockContactPersons,
  readContactPersonRow,
  writeAddresses,
  type ContactPersonSummary,
  type WrittenAddress,
} from '../store/contact-persons.ts'
import type { Database, Sql } from '../store/database.ts'
import type { Asker } from './asker.ts'
import { companyOrNew, requireCompany, type CompanyOrNew } from './work-company.ts'

export interface NewContactPerson {
  readonly name: string
  readonly addresses: readonly string[]
  readonly company: CompanyOrNew
}

/**
 * Makes a contact person; participants of earlier mail with one of the addresses are known from then on.
 * @throws PermanentFailure `inputInvalid` (addresses), `notFound` (company); ConflictFailure with the person of that company who has an address
 * already, or the company that has the name.
 */
export async function createContactPerson(
  database: Database,
  asker: Asker,
  crmAddresses: readonly AddressKey[],
  wanted: NewContactPerson,
): Promise<ContactPersonSummary> {
  const { tenantId, actor } = asker
  const addresses = readAddresses(wanted.addresses, crmAddresses)
  return await database.tenantSql(tenantId, async (sql) => {
    const companyId = await companyOrNew(sql, asker, wanted.company)
    await checkAddresses(sql, asker, addresses, { id: null, companyId })
    const id = await insertContactPerson(sql, tenantId, { name: wanted.name, companyId, addresses })
    const detail = { name: wanted.name, companyId, addresses: addresses.map(({ key }) => key) }
    await writeAudit(sql, tenantId, { actor, action: 'contactPersonCreated', subject: id, detail })
    return await requireContactPerson(sql, asker, id)
  })
}

export interface ContactPersonEdit {
  readonly version: number
  readonly name?: string | undefined
  /** These and no others. */
  readonly addresses?: readonly string[] | undefined
  readonly company?: { readonly id: CompanyId } | undefined
}

/** @throws as `createContactPerson`; ConflictFailure with the person as he is now where somebody changed him meanwhile. */
export async function updateContactPerson(
  database: Database,
  asker: Asker,
  crmAddresses: readonly AddressKey[],
  { id, edit }: { readonly id: ContactPersonId; readonly edit: ContactPersonEdit },
): Promise<ContactPersonSummary> {
  const { tenantId, actor } = asker
  const addresses = edit.addresses === undefined ? null : readAddresses(edit.addresses, crmAddresses)
  return await database.tenantSql(tenantId, async (sql) => {
    const before = await requireContactPerson(sql, asker, id)
    const companyId = edit.company === undefined ? undefined : (await requireCompany(sql, asker, edit.company.id)).id
    if (!(await changeContactPerson(sql, tenantId, id, edit.version, { name: edit.name, companyId })))
      throw new ConflictFailure(
        `${before.name} was changed by somebody else meanwhile; look at it as it is now`,
        await requireContactPerson(sql, asker, id),
        { fault: faultOf('changedMeanwhile') },
      )
    const fresh = (addresses ?? []).filter(({ key }) => !before.addresses.some((old) => addressKey(old) === key))
    if (addresses !== null) {
      await checkAddresses(sql, asker, fresh, { id, companyId: companyId ?? before.company.id })
      await writeAddresses(sql, tenantId, id, addresses)
    }
    const was = { name: before.name, addresses: before.addresses, company: before.company.id }
    await writeAudit(sql, tenantId, { actor, action: 'contactPersonChanged', subject: id, detail: { ...edit, before: was } })
    return await requireContactPerson(sql, asker, id)
  })
}

/** @throws PermanentFailure `notFound`. */
export async function requireContactPerson(sql: Sql, asker: Asker, id: ContactPersonId): Promise<ContactPersonSummary> {
  const person = await readContactPersonRow(sql, asker.tenantId, id)
  if (person === null)
    throw new PermanentFailure('notFound', `There is no contact person ${id}`, { fault: faultOf('contactPersonUnknown') })
  return person
}

function readAddresses(written: readonly string[], crmAddresses: readonly AddressKey[]): WrittenAddress[] {
  const read = new Map<AddressKey, WrittenAddress>()
  for (const one of written) {
    const key = addressKey(one)
    if (key === null)
      throw new PermanentFailure('inputInvalid', `"${one}" is not plainly one mail address`, {
        fault: faultOf('addressWrong', { address: one }),
      })
    if (readCrmAddress(key, crmAddresses) !== null)
      throw new PermanentFailure('inputInvalid', `${key} is an address of this CRM; it is nobody's at a client`, {
        fault: faultOf('addressOfCrm', { address: key }),
      })
    if (!read.has(key)) read.set(key, { key, written: one.trim() })
  }
  return [...read.values()]
}

/**
 * An address may stand at persons of two companies (somebody who works for both): mail with it goes to a person then. Twice at one company it is a
 * mistake. What belongs to the tenant's own people would make their mail look like a client's.
 */
async function checkAddresses(
  sql: Sql,
  asker: Asker,
  addresses: readonly WrittenAddress[],
  person: { readonly id: ContactPersonId | null; readonly companyId: CompanyId },
): Promise<void> {
  const keys = addresses.map(({ key }) => key)
  if (keys.length === 0) return
  const [own] = await findOwnAddresses(sql, asker.tenantId, keys)
  if (own !== undefined)
    throw new PermanentFailure('inputInvalid', `${own} belongs to your own people; a contact person is somebody at a client`, {
      fault: faultOf('addressOwn', { address: own }),
    })
  await lockContactPersons(sql, asker.tenantId)
  const holders = await findHolders(sql, asker.tenantId, keys, person.id)
  const same = holders.find(({ companyId }) => companyId === person.companyId)
  if (same === undefined) return
  const current = await requireContactPerson(sql, asker, same.id)
  throw new ConflictFailure(`${same.address} is ${current.name}'s already, at the same company; add what is missing there`, current, {
    fault: faultOf('addressOfOther', { address: same.address }),
  })
}
