/** Mail as it came in, for those who look after it. An operator sees where everything stands and no content; a tenant its own. */
import { leadAddressOf, subjectTokenOf } from '../crm/lead-token.ts'
import { faultOf, PermanentFailure, TemporaryFailure } from '../failure.ts'
import { sendProbe } from '../outbox/send-probe.ts'
import { writeAudit } from '../store/audit.ts'
import { listFailedOffers, retryAllFailedOffers } from '../store/failed-offers.ts'
import {
  deliveryStates,
  listMessages,
  readRawMessage,
  replayMessage,
  showMessage,
  type DeliveryState,
  type MessageTraceJson,
  type Onlooker,
} from '../store/messages.ts'
import { readUserView } from '../store/user-view.ts'
import { readLeadRow } from '../store/leads.ts'
import { readTenantRow, findTenantId } from '../store/tenants.ts'
import { sent, type Caller, type Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem } from './input-problem.ts'
import { withoutContent } from './trace-view.ts'

type MessageCalls =
  | 'listMessages'
  | 'readMessage'
  | 'readRawMessage'
  | 'replayMessage'
  | 'listFailedOffers'
  | 'retryFailedOffers'
  | 'sendProbe'

export function messageHandlers(context: ApiContext): Pick<Handlers, MessageCalls> {
  const { blobs, database } = context.store
  const show = async (caller: Caller, id: string): Promise<MessageTraceJson> => {
    const message = await showMessage(database, id, onlookerOf(caller))
    return caller.kind === 'operator' ? withoutContent(message) : message
  }
  return {
    async listMessages({ query, caller }) {
      const { state, tenant, ...page } = query
      if (state !== undefined && !isState(state))
        throw new InputProblem('query', [{ path: 'state', message: `may be one of ${deliveryStates.join(', ')}` }])
      if (tenant !== undefined && caller.tenant !== null && caller.tenant.slug !== tenant)
        throw new PermanentFailure('notFound', `There is no tenant "${tenant}"`)
      const tenantId = tenant === undefined || caller.tenant !== null ? undefined : await findTenantId(database, tenant)
      const { messages, next } = await listMessages(database, { ...page, state, tenantId }, onlookerOf(caller))
      const shown = messages.map((message) => ({
        ...message,
        forwardPaths: [...message.forwardPaths],
        deliveries: [...message.deliveries],
      }))
      return { messages: shown, ...(next === undefined ? {} : { next }) }
    },
    readMessage: async ({ params, caller }) => ({ ...(await show(caller, params.id)) }),
    async readRawMessage({ params, caller, reply }) {
      const stream = await readRawMessage(database, blobs, params.id, caller.tenant?.id ?? null)
      await reply.type('message/rfc822').header('content-disposition', `attachment; filename="${params.id}.eml"`).send(stream)
      return sent
    },
    async replayMessage({ params, caller }) {
      const only = caller.tenant?.id ?? null
      const before = await showMessage(database, params.id, onlookerOf(caller))
      await replayMessage(database, params.id, only)
      context.bell.ring()
      const slugs = new Set(before.deliveries.flatMap(({ tenant }) => tenant ?? []))
      for (const slug of slugs) {
        const tenantId = caller.tenant?.id ?? (await findTenantId(database, slug))
        await database.tenantSql(tenantId, (sql) =>
          writeAudit(sql, tenantId, { actor: caller.actor, action: 'messageReplayed', subject: params.id }),
        )
        context.nudge(tenantId)
      }
      // Given back to be routed anew, it is nobody's for the moment: what was read before says whose it was.
      return { id: params.id, replayed: true }
    },
    async listFailedOffers({ tenant, query }) {
      const { items, ...next } = await listFailedOffers(database, tenant.id, query)
      return {
        items: items.map(({ detail, receivedAt, ...item }) => ({ ...item, receivedAt: receivedAt.toISOString(), words: detail })),
        ...next,
      }
    },
    async retryFailedOffers({ tenant, caller }) {
      const retried = await retryAllFailedOffers(database, tenant.id, caller.actor)
      if (retried > 0) context.nudge(tenant.id)
      return { retried }
    },
    sendProbe: probeHandler(context),
  }
}

function onlookerOf(caller: Caller): Onlooker {
  return caller.tenant?.id ?? 'operator'
}

function isState(text: string): text is DeliveryState {
  return deliveryStates.some((state) => state === text)
}

/** Comes from whoever asks, by SMTP, with the number of the lead; our own mark on it keeps it out of every history. */
function probeHandler(context: ApiContext): Handlers['sendProbe'] {
  const { crmAddresses, store } = context
  return async ({ tenant, body, caller }) => {
    const [crmAddress] = crmAddresses
    const place = context.listeners().find(({ kind }) => kind === 'smtp')
    if (place === undefined || crmAddress === undefined)
      throw new TemporaryFailure('serverUnavailable', 'This process has no SMTP listener; ask one with the role smtp', {
        fault: faultOf('listenerMissing'),
      })
    const { from, subject, number } = await store.database.tenantSql(tenant.id, async (sql) => {
      const user = caller.userId === null ? null : await readUserView(sql, tenant.id, caller.userId)
      if (user === null)
        throw new PermanentFailure('inputInvalid', 'A test mail comes from a person; sign in instead of sending a key', {
          fault: faultOf('personNeeded'),
        })
      const lead = body.lead === undefined ? null : await readLeadRow(sql, tenant.id, body.lead)
      if (body.lead !== undefined && lead === null) throw new PermanentFailure('notFound', `There is no lead ${body.lead}`)
      const { name } = await readTenantRow(sql, tenant.id)
      const subject = lead === null ? 'Leadpost test' : subjectTokenOf(name, lead.number)
      await writeAudit(sql, tenant.id, { actor: caller.actor, action: 'probeSent', subject: lead?.number ?? '' })
      return { from: { name: user.name, address: user.email }, subject, number: lead?.number ?? null }
    })
    const to = number === null ? crmAddress : leadAddressOf(crmAddress, number)
    const { hostname, port } = new URL(`smtp://${place.address}`)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    return { id: await sendProbe({ listener: { host, port: Number(port) }, from, to, subject }) }
  }
}
