/** Companies that people make on the spot: one that exists is never made a second time by mistake. */
import type { CompanyId } from '../crm/ids.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import { writeAudit } from '../store/audit.ts'
import { findSameCompany, insertCompany, lockCompanies, readCompanyRow, type CompanySummary } from '../store/companies.ts'
import type { Database, Sql } from '../store/database.ts'
import type { Asker } from './asker.ts'

export interface NewCompany {
  readonly name: string
  readonly taxNumber?: string | undefined
}
/** One that is on file, or one to be made. */
export type CompanyOrNew = { readonly id: CompanyId } | NewCompany

/** @throws PermanentFailure `notFound`. */
export async function requireCompany(sql: Sql, asker: Asker, id: CompanyId): Promise<CompanySummary> {
  const company = await readCompanyRow(sql, asker.tenantId, id)
  if (company === null) throw new PermanentFailure('notFound', `There is no company ${id}`, { fault: faultOf('companyUnknown') })
  return company
}

/** Its id. @throws PermanentFailure `notFound`; ConflictFailure with the company that has the name or the tax number already. */
export async function companyOrNew(sql: Sql, asker: Asker, wanted: CompanyOrNew): Promise<CompanyId> {
  return 'id' in wanted ? (await requireCompany(sql, asker, wanted.id)).id : await makeCompany(sql, asker, wanted)
}

async function makeCompany(sql: Sql, asker: Asker, { name, taxNumber }: NewCompany): Promise<CompanyId> {
  const { tenantId, actor } = asker
  const company = { name, taxNumber: taxNumber === undefined || taxNumber === '' ? null : taxNumber }
  await lockCompanies(sql, tenantId)
  const same = await findSameCompany(sql, tenantId, company)
  if (same !== null) {
    const current = await requireCompany(sql, asker, same)
    throw new ConflictFailure(`The company "${current.name}" is on file already; take it, or give this one another name`, current, {
      fault: faultOf('companyTaken', { name: current.name }),
    })
  }
  const id = await insertCompany(sql, tenantId, company)
  await writeAudit(sql, tenantId, { actor, action: 'companyCreated', subject: id, detail: company })
  return id
}

/** @throws ConflictFailure with the company that has the name or the tax number already. */
export async function createCompany(database: Database, asker: Asker, wanted: NewCompany): Promise<CompanySummary> {
  return await database.tenantSql(asker.tenantId, async (sql) => await requireCompany(sql, asker, await makeCompany(sql, asker, wanted)))
}
