/** Leads, companies, contact persons, tasks, and the CRM address to keep in one's address book. */
import type { CompanyId, ContactPersonId, MailId, TaskId } from '../crm/ids.ts'
import { leadAddressOf, subjectTokenOf } from '../crm/lead-token.ts'
import { ConflictFailure } from '../failure.ts'
import type { Asker } from '../leads/asker.ts'
import { createCompany, requireCompany, type CompanyOrNew } from '../leads/work-company.ts'
import { createContactPerson, requireContactPerson, updateContactPerson } from '../leads/work-contact-person.ts'
import { createLead, requireLead, updateLead } from '../leads/work-lead.ts'
import { createTask, updateTask } from '../leads/work-task.ts'
import { addressKey } from '../mail/address.ts'
import { listCompanyRows, type CompanySummary } from '../store/companies.ts'
import { listContactPersonRows } from '../store/contact-persons.ts'
import { leadsOfContactPerson, listLeadRows, type LeadWhole, type WrittenKeyPlayer } from '../store/leads.ts'
import type { Sql } from '../store/database.ts'
import { listTaskRows } from '../store/tasks.ts'
import { sent, type ApiCall, type Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { writeVcard } from './vcard.ts'
import type { CallName } from '../api/calls.ts'
import type { CallAnswer } from '../api/contract.ts'

type LeadCalls = 'listLeads' | 'readLead' | 'createLead' | 'updateLead'
type PeopleCalls =
  | 'listCompanies'
  | 'readCompany'
  | 'createCompany'
  | 'listContactPersons'
  | 'readContactPerson'
  | 'createContactPerson'
  | 'updateContactPerson'
type TaskCalls = 'listTasks' | 'createTask' | 'updateTask'

/** What stands at a company and is shown with it; the lists go on where there is more. */
const shownWithMax = 200

export function crmHandlers(context: ApiContext): Pick<Handlers, LeadCalls | PeopleCalls | TaskCalls | 'readCrmAddressCard'> {
  return { ...leadHandlers(context), ...peopleHandlers(context), ...taskHandlers(context), ...cardHandlers(context) }
}

export function askerOf({ caller, tenant }: Pick<ApiCall<CallName>, 'caller' | 'tenant'>): Asker {
  return { tenantId: tenant.id, actor: caller.actor, userId: caller.userId }
}

function leadHandlers(context: ApiContext): Pick<Handlers, LeadCalls> {
  const { database } = context.store
  const [crmAddress] = context.crmAddresses
  const shape = (lead: LeadWhole): CallAnswer<'readLead'> => {
    const { tenantName, ...shown } = lead
    const { number } = lead
    return {
      ...shown,
      subjectToken: subjectTokenOf(tenantName, number),
      bcc: crmAddress === undefined ? '' : leadAddressOf(crmAddress, number),
    }
  }
  /** A conflict shows the newer lead as the call would have. */
  const shaped = async (made: Promise<LeadWhole>): Promise<CallAnswer<'readLead'>> => {
    try {
      return shape(await made)
    } catch (error) {
      if (error instanceof ConflictFailure && isLead(error.current)) throw new ConflictFailure(error.message, shape(error.current))
      throw error
    }
  }
  return {
    async listLeads({ tenant, query, caller }) {
      const { mine, company, ...filter } = query
      // A key is nobody, so nothing is its own.
      if (mine && caller.userId === null) return { leads: [] }
      const owner = mine ? (caller.userId ?? undefined) : undefined
      return await database.tenantSql(tenant.id, (sql) =>
        listLeadRows(sql, tenant.id, { ...filter, company: company as CompanyId | undefined, owner }),
      )
    },
    readLead: async (call) =>
      await shaped(database.tenantSql(call.tenant.id, (sql) => requireLead(sql, askerOf(call), call.params.number))),
    async createLead(call) {
      const { company, keyPlayers, ...plain } = call.body
      const wanted = { ...plain, company: company as CompanyOrNew | undefined, keyPlayers: keyPlayers as WrittenKeyPlayer[] | undefined }
      const lead = await shaped(createLead(database, askerOf(call), wanted))
      call.reply.code(201)
      return lead
    },
    async updateLead(call) {
      const { company, keyPlayers, ...plain } = call.body
      const edit = {
        ...plain,
        company: company as { id: CompanyId } | null | undefined,
        keyPlayers: keyPlayers as WrittenKeyPlayer[] | undefined,
      }
      return await shaped(updateLead(database, askerOf(call), call.params.number, edit))
    },
  }
}

function isLead(value: unknown): value is LeadWhole {
  return typeof value === 'object' && value !== null && 'keyPlayers' in value
}

function peopleHandlers(context: ApiContext): Pick<Handlers, PeopleCalls> {
  const { crmAddresses, store } = context
  const { database } = store
  return {
    listCompanies: async ({ tenant, query }) => await database.tenantSql(tenant.id, (sql) => listCompanyRows(sql, tenant.id, query)),
    readCompany: async (call) =>
      await database.tenantSql(call.tenant.id, async (sql) =>
        companyWhole(sql, call.tenant.id, await requireCompany(sql, askerOf(call), call.params.id as CompanyId)),
      ),
    async createCompany(call) {
      const company = await createCompany(database, askerOf(call), call.body)
      call.reply.code(201)
      return { ...company, people: [], leads: [] }
    },
    async listContactPersons({ tenant, query }) {
      const { address, company, ...filter } = query
      const key = address === undefined ? undefined : addressKey(address)
      if (key === null) return { contactPersons: [] }
      return await database.tenantSql(tenant.id, (sql) =>
        listContactPersonRows(sql, tenant.id, { ...filter, address: key, company: company as CompanyId | undefined }),
      )
    },
    readContactPerson: async (call) =>
      await database.tenantSql(call.tenant.id, async (sql) => {
        const person = await requireContactPerson(sql, askerOf(call), call.params.id as ContactPersonId)
        return { ...person, leads: await leadsOfContactPerson(sql, call.tenant.id, person.id, shownWithMax) }
      }),
    async createContactPerson(call) {
      const wanted = { ...call.body, company: call.body.company as CompanyOrNew }
      const person = await createContactPerson(database, askerOf(call), crmAddresses, wanted)
      call.reply.code(201)
      return person
    },
    async updateContactPerson(call) {
      const edit = { ...call.body, company: call.body.company as { id: CompanyId } | undefined }
      return await updateContactPerson(database, askerOf(call), crmAddresses, { id: call.params.id as ContactPersonId, edit })
    },
  }
}

async function companyWhole(
  sql: Sql,
  tenantId: ApiCall<'readCompany'>['tenant']['id'],
  company: CompanySummary,
): Promise<CallAnswer<'readCompany'>> {
  const { contactPersons: people } = await listContactPersonRows(sql, tenantId, { company: company.id, limit: shownWithMax })
  const { leads } = await listLeadRows(sql, tenantId, { company: company.id, limit: shownWithMax })
  return { ...company, people, leads }
}

function taskHandlers(context: ApiContext): Pick<Handlers, TaskCalls> {
  const { database } = context.store
  return {
    async listTasks({ tenant, query, caller }) {
      const { assignee, ...filter } = query
      if (assignee === 'me' && caller.userId === null) return { tasks: [] }
      const one = assignee === 'me' ? (caller.userId ?? undefined) : undefined
      return await database.tenantSql(tenant.id, (sql) => listTaskRows(sql, tenant.id, { ...filter, assignee: one }))
    },
    async createTask(call) {
      const task = await createTask(database, askerOf(call), { ...call.body, mailId: call.body.mailId as MailId | undefined })
      call.reply.code(201)
      return task
    },
    updateTask: async (call) => await updateTask(database, askerOf(call), call.params.id as TaskId, call.body),
  }
}

function cardHandlers(context: ApiContext): Pick<Handlers, 'readCrmAddressCard'> {
  const { crmAddresses, store } = context
  return {
    async readCrmAddressCard({ tenant, reply }) {
      const rows = await store.database.tenantSql(tenant.id, (sql) =>
        sql.rows<{ name: string }>('SELECT name FROM tenant WHERE id = $1', [tenant.id]),
      )
      const name = rows[0]?.name ?? tenant.slug
      await reply
        .type('text/vcard; charset=utf-8')
        .header('content-disposition', 'attachment; filename="crm-address.vcf"')
        .send(writeVcard(`CRM ${name}`, name, crmAddresses))
      return sent
    },
  }
}
