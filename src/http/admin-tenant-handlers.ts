/** Tenants and what they decided about their mail: policies, host names, the never-log list. */
import { createTenant } from '../accounts/create-tenant.ts'
import type { CallAnswer } from '../api/contract.ts'
import { leavesRoomForProof } from '../crm/host-proof.ts'
import { neverLogPattern } from '../crm/never-log.ts'
import { isCurrency, isTimeZone } from '../crm/tenant-settings.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import { readHostName } from '../leads/host-name.ts'
import { addressKey, domainName, type DomainName } from '../mail/address.ts'
import { verifyHostName } from '../processing/host-name-proof.ts'
import { findingInWords, keptFindingInWords } from '../processing/host-name-words.ts'
import { writeAudit } from '../store/audit.ts'
import { addHostClaim, findHeldByOthers, listHostNames, removeHostName, type HostNameJson } from '../store/host-claims.ts'
import { addNeverLogRule, findOwnHostBelow, listNeverLogRules, removeNeverLogRule } from '../store/never-log.ts'
import { changeTenantRow, listTenantStates, readTenantRow, type TenantWhole } from '../store/tenants.ts'
import type { ApiCall, Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem } from './input-problem.ts'
import { linkAnswer } from './session-invite-handlers.ts'

type TenantCalls = 'listTenants' | 'createTenant' | 'readTenant' | 'updateTenant'
type HostCalls = 'listHostNames' | 'addHostName' | 'verifyHostName' | 'removeHostName'
type NeverLogCalls = 'listNeverLogRules' | 'addNeverLogRule' | 'removeNeverLogRule'

export function tenantHandlers(context: ApiContext): Pick<Handlers, TenantCalls | HostCalls | NeverLogCalls> {
  return { ...wholeTenantHandlers(context), ...hostHandlers(context), ...neverLogHandlers(context) }
}

function wholeTenantHandlers(context: ApiContext): Pick<Handlers, TenantCalls> {
  const { crmAddresses, store } = context
  const { database } = store
  const shape = (tenant: TenantWhole): CallAnswer<'readTenant'> => ({ ...tenant, crmAddresses: [...crmAddresses] })
  return {
    listTenants: async () => ({ tenants: await listTenantStates(database) }),
    async createTenant({ body, caller, request, reply }) {
      const email = addressKey(body.admin.email)
      if (email === null)
        throw new InputProblem('body', [
          {
            path: 'admin.email',
            message: 'is not plainly one mail address',
            fault: faultOf('addressWrong', { address: body.admin.email }),
          },
        ])
      const made = await createTenant(database, { ...body, admin: { email, name: body.admin.name } }, caller.actor)
      reply.code(201)
      return await linkAnswer(context, { tenantId: made.id, caller, request, kind: 'invitation' }, made)
    },
    readTenant: async ({ tenant }) => shape(await database.tenantSql(tenant.id, (sql) => readTenantRow(sql, tenant.id))),
    async updateTenant({ tenant, body, caller }) {
      const { version, ...change } = body
      checkSettings(change)
      return await database.tenantSql(tenant.id, async (sql) => {
        if (!(await changeTenantRow(sql, tenant.id, version, change))) {
          const current = shape(await readTenantRow(sql, tenant.id))
          throw new ConflictFailure('These settings were changed by somebody else meanwhile; look at them as they are now', current)
        }
        await writeAudit(sql, tenant.id, { actor: caller.actor, action: 'tenantChanged', subject: tenant.slug, detail: change })
        return shape(await readTenantRow(sql, tenant.id))
      })
    },
  }
}

function checkSettings({ timeZone, currency }: { readonly timeZone?: string | undefined; readonly currency?: string | undefined }): void {
  const errors = [
    ...(timeZone === undefined || isTimeZone(timeZone)
      ? []
      : [{ path: 'timeZone', message: 'is no time zone such as Europe/Berlin', fault: faultOf('timeZoneWrong') }]),
    ...(currency === undefined || isCurrency(currency)
      ? []
      : [{ path: 'currency', message: 'is no currency code such as EUR', fault: faultOf('currencyWrong') }]),
  ]
  if (errors.length > 0) throw new InputProblem('body', errors)
}

function hostHandlers(context: ApiContext): Pick<Handlers, HostCalls> {
  const { dns, store } = context
  const { database } = store
  const list = async (tenant: ApiCall<'listHostNames'>['tenant']): Promise<CallAnswer<'listHostNames'>['hostNames']> => {
    const names = await listHostNames(database, tenant.slug)
    const others = await findHeldByOthers(
      database,
      tenant.id,
      names.map(({ name }) => name),
    )
    return names.map((name) => hostShape(name, others.has(name.name)))
  }
  const one = async (tenant: ApiCall<'addHostName'>['tenant'], name: DomainName): Promise<CallAnswer<'addHostName'>> => {
    const found = (await list(tenant)).find((each) => each.name === name)
    if (found === undefined) throw new PermanentFailure('notFound', `There is no host name ${name} here`)
    return found
  }
  return {
    listHostNames: async ({ tenant }) => ({ hostNames: await list(tenant) }),
    async addHostName({ tenant, body, caller, reply }) {
      const reading = readHostName(body.name)
      if (reading.kind === 'refused') throw new InputProblem('body', [{ path: 'name', message: reading.why, fault: reading.fault }])
      if (!leavesRoomForProof(reading.name))
        throw new InputProblem('body', [
          { path: 'name', message: 'is so long that there can be no record below it', fault: faultOf('hostNameTooLong') },
        ])
      await addHostClaim(database, tenant.slug, { name: reading.name, subdomains: body.subdomains, actor: caller.actor })
      reply.code(201)
      return await one(tenant, reading.name)
    },
    async verifyHostName({ tenant, params, caller, reply }) {
      const name = readName(params.name)
      await one(tenant, name)
      reply.code(200)
      const [checked] = await verifyHostName(database, dns, { name, slug: tenant.slug, at: context.clock(), actor: caller.actor })
      const shown = await one(tenant, name)
      if (checked === undefined) return shown
      return { ...shown, words: findingInWords(checked).join(' '), foundValues: [...checked.values], foundAt: checked.foundAt }
    },
    async removeHostName({ tenant, params, caller }) {
      await removeHostName(database, tenant.slug, readName(params.name), caller.actor)
      return {}
    },
  }
}

/** What is no name is on no list. */
function readName(written: string): DomainName {
  const name = domainName(written)
  if (name === null) throw new PermanentFailure('notFound', `There is no host name "${written.slice(0, 100)}" here`)
  return name
}

function hostShape(host: HostNameJson, heldByOther: boolean): CallAnswer<'addHostName'> {
  const { name, subdomains, state, vouchedFor, record, checkedAt, finding, lapsesAt } = host
  const lapses = lapsesAt === null ? '' : ` Without it, this name counts no more from ${lapsesAt}.`
  const words = keptFindingInWords(name, record, finding)
  return {
    name,
    subdomains,
    vouchedFor,
    state: state === 'vouchedFor' ? 'vouchedFor' : state === 'unproven' ? 'claimed' : 'proven',
    record: record === null ? null : { name: record.name, value: record.value },
    checkedAt,
    finding,
    words: words === null ? null : words + lapses,
    heldByOther,
    lapsesAt,
    foundValues: [],
    foundAt: null,
  }
}

function neverLogHandlers(context: ApiContext): Pick<Handlers, NeverLogCalls> {
  const { database } = context.store
  return {
    listNeverLogRules: async ({ tenant }) => ({ rules: await listNeverLogRules(database, tenant.id) }),
    async addNeverLogRule({ tenant, body, caller, reply }) {
      const pattern = neverLogPattern(body.pattern)
      if (pattern === null)
        throw new InputProblem('body', [
          { path: 'pattern', message: 'is neither a mail address nor a domain', fault: faultOf('patternWrong') },
        ])
      const own = pattern.includes('@') ? null : await findOwnHostBelow(database, tenant.id, pattern)
      if (own !== null)
        throw new InputProblem('body', [
          {
            path: 'pattern',
            message: `would keep no mail at all: ${own} is your own host name`,
            fault: faultOf('patternOwnHost', { name: own }),
          },
        ])
      reply.code(201)
      return await addNeverLogRule(database, tenant.id, pattern, caller.actor)
    },
    async removeNeverLogRule({ tenant, params, caller }) {
      const pattern = neverLogPattern(params.pattern)
      if (pattern === null || !(await removeNeverLogRule(database, tenant.id, pattern, caller.actor)))
        throw new PermanentFailure('notFound', `There is no rule "${params.pattern}"`)
      return {}
    },
  }
}
