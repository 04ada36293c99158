/** Contact histories: of a lead, a company, a contact person, of everybody; one entry whole; and search in all of them. */
import type { CompanyId, ContactPersonId, HistoryEntryId, TenantId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import { withWords } from '../matching/explain.ts'
import type { Sql } from '../store/database.ts'
import { findLeadId, readLeadHistory } from '../store/history.ts'
import { readEntry } from '../store/history-entry.ts'
import { type EntryIds, pageOfCompany, pageOfContactPerson, pageOfRecent } from '../store/history-pages.ts'
import { readEntryRows } from '../store/history-rows.ts'
import { search } from '../store/search.ts'
import { readViewer, type Viewer } from '../store/viewer.ts'
import type { CallName } from '../api/calls.ts'
import type { ApiCall, Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'

type HistoryCalls = 'listRecentEntries' | 'readEntry' | 'readHistory' | 'readCompanyHistory' | 'readContactPersonHistory' | 'search'

export function historyHandlers({ store, clock }: Pick<ApiContext, 'store' | 'clock'>): Pick<Handlers, HistoryCalls> {
  const { database } = store
  /** In a transaction of the caller's tenant, with who asks. */
  async function reading<T>(call: Asking, read: (sql: Sql, tenantId: TenantId, viewer: Viewer) => Promise<T>): Promise<T> {
    const { id } = call.tenant
    return await database.tenantSql(id, async (sql) => await read(sql, id, await viewerOf(sql, call)))
  }
  return {
    listRecentEntries: async (call) =>
      await reading(call, async (sql, tenantId, viewer) => {
        const { limit, after, decidedBy, mine } = call.query
        const page = await pageOfRecent(sql, tenantId, { limit, after, decidedBy, capturedBy: mine ? viewer.addresses : undefined })
        return await rowsOf(sql, tenantId, page, viewer)
      }),
    readEntry: async (call) =>
      await reading(
        call,
        async (sql, tenantId, viewer) => await readEntry(sql, tenantId, call.params.id as HistoryEntryId, viewer, clock()),
      ),
    readHistory: async (call) =>
      await reading(call, async (sql, tenantId, viewer) => {
        const { number } = call.params
        const leadId = await findLeadId(sql, tenantId, number)
        if (leadId === null)
          throw new PermanentFailure('notFound', `There is no lead ${number}`, { fault: faultOf('leadUnknown', { number }) })
        const { entries, ...next } = await readLeadHistory(sql, tenantId, leadId, pageOf(call.query, viewer), viewer)
        const shown = entries.map((entry) => ({ ...entry, evidence: withWords(entry.evidence) }))
        return { tenant: call.tenant.slug, lead: number, entries: shown, ...next }
      }),
    readCompanyHistory: async (call) =>
      await reading(call, async (sql, tenantId, viewer) => {
        const id = call.params.id as CompanyId
        await present(sql, tenantId, 'company', id)
        return await rowsOf(sql, tenantId, await pageOfCompany(sql, tenantId, id, pageOf(call.query, viewer)), viewer)
      }),
    readContactPersonHistory: async (call) =>
      await reading(call, async (sql, tenantId, viewer) => {
        const id = call.params.id as ContactPersonId
        await present(sql, tenantId, 'contact_person', id)
        return await rowsOf(sql, tenantId, await pageOfContactPerson(sql, tenantId, id, pageOf(call.query, viewer)), viewer)
      }),
    search: async (call) => await reading(call, async (sql, tenantId, viewer) => await search(sql, tenantId, call.query, viewer)),
  }
}

/** Which of the mails have files is told of those alone that the viewer may see. */
function pageOf<Query extends { readonly files: boolean }>({ files, ...query }: Query, viewer: Viewer) {
  return { ...query, files: files ? { viewer } : undefined }
}

type Asking = Pick<ApiCall<CallName>, 'caller' | 'tenant'>

/** Whose mail the caller may see. */
export async function viewerOf(sql: Sql, { caller, tenant }: Asking): Promise<Viewer> {
  return await readViewer(sql, tenant.id, caller.role as UserRole, caller.userId)
}

async function rowsOf(sql: Sql, tenantId: TenantId, { ids, next }: EntryIds, viewer: Viewer) {
  return { entries: await readEntryRows(sql, tenantId, ids, viewer), ...next }
}

async function present(sql: Sql, tenantId: TenantId, table: 'company' | 'contact_person', id: string): Promise<void> {
  const rows = await sql.rows(`SELECT FROM ${table} WHERE tenant_id = $1 AND id = $2`, [tenantId, id])
  if (rows.length > 0) return
  throw table === 'company'
    ? new PermanentFailure('notFound', `There is no company ${id}`, { fault: faultOf('companyUnknown') })
    : new PermanentFailure('notFound', `There is no contact person ${id}`, { fault: faultOf('contactPersonUnknown') })
}
