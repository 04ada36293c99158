/** Imports a CSV file of leads or contact persons: the whole file in one transaction, or nothing; or shows what it would do. */
import { readCrmAddress } from '../crm/crm-address.ts'
import type { AddressKey } from '../mail/address.ts'
import { addressKey } from '../mail/address.ts'
import { writeAudit } from '../store/audit.ts'
import { linkParticipants } from '../store/contact-links.ts'
import { findOwnAddresses } from '../store/contact-persons.ts'
import type { Database } from '../store/database.ts'
import { readActiveUsers } from '../store/import-rows.ts'
import { leadTable, type LeadRow } from '../store/load-leads.ts'
import {
  companyTable,
  contactAddressTable,
  contactPersonTable,
  type CompanyRow,
  type ContactAddressRow,
  type ContactPersonRow,
} from '../store/load-people.ts'
import { changedRows, rowsWith, upsert, type Counts, type Loading } from '../store/load-rows.ts'
import type { Asker } from './asker.ts'
import { companyNamesOf, openImportCompanies, type ImportCompanies } from './import-companies.ts'
import { addressesOf, planContactPersons } from './import-contact-persons.ts'
import type { ImportKind } from './import-fields.ts'
import { planLeads } from './import-leads.ts'
import { readSheet, type ImportSheet, type RowError } from './import-sheet.ts'

export interface ImportFile {
  readonly kind: ImportKind
  /** The file's characters. */
  readonly csv: string
  /** Column to field; guessed from the headings where it is absent. */
  readonly mapping?: Readonly<Record<string, string>> | undefined
}

export interface ImportLimits {
  readonly rowsMax: number
}

export interface ImportResult extends Pick<ImportSheet, 'columns' | 'fields' | 'mapping' | 'sample'>, Readonly<Counts> {
  readonly rows: number
  readonly errors: readonly RowError[]
}

/** Errors that are told; a file with more has one cause, and it is among the first. */
export const importErrorsMax = 200

/** What is to be written, once it is known that nothing is wrong. */
interface Plan {
  readonly counts: Counts
  readonly errors: readonly RowError[]
  write(): Promise<void>
}

/**
 * @param keep false shows what would happen; with errors nothing is kept either.
 * @throws PermanentFailure `inputInvalid` for a mapping that does not fit the file.
 */
export async function importFile(
  database: Database,
  asker: Asker,
  file: ImportFile,
  { keep, rowsMax, crmAddresses }: ImportLimits & { readonly keep: boolean; readonly crmAddresses: readonly AddressKey[] },
): Promise<ImportResult> {
  const { tenantId, actor } = asker
  const sheet = await readSheet(file.kind, file.csv, file.mapping, rowsMax)
  return await database.tenantSql(tenantId, async (sql) => {
    const loading: Loading = { sql, tenantId, path: '', errors: [] }
    const plan =
      sheet.errors.length > 0
        ? nothing
        : file.kind === 'leads'
          ? await leadsPlan(loading, sheet)
          : await peoplePlan(loading, sheet, crmAddresses)
    const errors = [...sheet.errors, ...plan.errors]
    const { counts } = plan
    if (keep && errors.length === 0) {
      await plan.write()
      await writeAudit(sql, tenantId, { actor, action: 'imported', subject: file.kind, detail: { ...counts } })
    }
    const { columns, fields, mapping, sample } = sheet
    return { columns, fields, mapping, sample, rows: sheet.rows.length, ...counts, errors: errors.slice(0, importErrorsMax) }
  })
}

const nothing: Plan = { counts: { created: 0, updated: 0, unchanged: 0 }, errors: [], write: async () => {} }

async function readCompanies(loading: Loading, sheet: ImportSheet): Promise<ImportCompanies> {
  const { nameKeys, keys } = companyNamesOf(sheet.rows)
  const named = await rowsWith<CompanyRow>(loading, companyTable, 'name_key', nameKeys)
  const keyed = await rowsWith<CompanyRow>(loading, companyTable, 'key', keys)
  return openImportCompanies([...new Map([...named, ...keyed].map((company) => [company.id, company])).values()])
}

async function leadsPlan(loading: Loading, sheet: ImportSheet): Promise<Plan> {
  const numbers = sheet.rows.flatMap((row) => row.text('number') ?? [])
  const before = await rowsWith<LeadRow>(loading, leadTable, 'number', numbers)
  const owners = sheet.rows.flatMap((row) => addressKey(row.text('owner') ?? '') ?? [])
  const users = await readActiveUsers(loading.sql, loading.tenantId, [...new Set(owners)])
  const companies = await readCompanies(loading, sheet)
  const { rows, errors } = planLeads(sheet, { byNumber: new Map(before.map((lead) => [lead.number, lead])), users, companies })
  const { rows: changed, counts } = changedRows(rows, new Map(before.map((lead) => [lead.id, lead])), 'id')
  return {
    counts,
    errors,
    async write() {
      await upsert(loading, companyTable, companies.fresh)
      await upsert(loading, leadTable, changed)
    },
  }
}

async function peoplePlan(loading: Loading, sheet: ImportSheet, crmAddresses: readonly AddressKey[]): Promise<Plan> {
  const { sql, tenantId } = loading
  const addresses = addressesOf(sheet.rows)
  const companies = await readCompanies(loading, sheet)
  const companyIds = sheet.rows.flatMap((row) => {
    const company = companies.of(row)
    return company.kind === 'company' ? [company.id] : []
  })
  const keys = sheet.rows.flatMap((row) => row.text('key') ?? [])
  const held = await rowsWith<ContactAddressRow>(loading, contactAddressTable, 'address_key', addresses)
  const persons = [
    ...(await rowsWith<ContactPersonRow>(loading, contactPersonTable, 'key', keys)),
    ...(await rowsWith<ContactPersonRow>(loading, contactPersonTable, 'company_id', [...new Set(companyIds)])),
    ...(await rowsWith<ContactPersonRow>(
      loading,
      contactPersonTable,
      'id',
      held.map((each) => each.contact_person_id),
    )),
  ]
  const own = new Set([
    ...(await findOwnAddresses(sql, tenantId, addresses)),
    ...addresses.filter((address) => readCrmAddress(address, crmAddresses) !== null),
  ])
  const plan = planContactPersons(sheet, { persons, addresses: held, own, companies })
  const before = new Map(persons.map((person) => [person.id, person]))
  const { rows: changed, counts } = changedRows(plan.rows, before, 'id')
  // Who only gets an address is updated as well.
  const gained = new Set(plan.addresses.map((address) => address.contact_person_id))
  const written = new Set(changed.map(({ id }) => id))
  const also = plan.rows.filter(({ id }) => gained.has(id) && !written.has(id)).length
  return {
    counts: { created: counts.created, updated: counts.updated + also, unchanged: counts.unchanged - also },
    errors: plan.errors,
    async write() {
      await upsert(loading, companyTable, companies.fresh)
      await upsert(loading, contactPersonTable, changed)
      await upsert(loading, contactAddressTable, plan.addresses)
      await linkParticipants(
        sql,
        tenantId,
        plan.addresses.map((address) => address.address_key),
      )
    },
  }
}
