/** Mailboxes that are watched for a tenant. Passwords come in and never go out. */
import type { CallAnswer, CallBody } from '../api/contract.ts'
import { tryMailbox } from '../intake/try-mailbox.ts'
import { writeAudit } from '../store/audit.ts'
import { sealSecret } from '../store/mailbox-secret.ts'
import { addMailbox, listMailboxes, removeMailbox, type Afterwards, type MailboxJson, type MailboxSettings } from '../store/mailboxes.ts'
import type { Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem, type FieldError } from './input-problem.ts'

export function mailboxHandlers(context: ApiContext): Pick<Handlers, 'listMailboxes' | 'addMailbox' | 'removeMailbox'> {
  const { database } = context.store
  return {
    listMailboxes: async ({ tenant }) => ({ mailboxes: (await listMailboxes(database, tenant.slug)).map(mailboxShape) }),
    async addMailbox({ tenant, body, caller, reply }) {
      const settings = readSettings(body)
      const key = await context.mailboxKey()
      await tryMailbox(settings, body.password)
      const id = await addMailbox(database, { ...settings, tenant: tenant.slug }, (newId) =>
        sealSecret(key, { ...settings, id: newId }, { kind: 'password', password: body.password }),
      )
      const { host, port, userName, folder } = settings
      await database.tenantSql(tenant.id, (sql) =>
        writeAudit(sql, tenant.id, { actor: caller.actor, action: 'mailboxAdded', subject: id, detail: { host, port, userName, folder } }),
      )
      const added = (await listMailboxes(database, tenant.slug)).find((mailbox) => mailbox.id === id)
      if (added === undefined) throw new Error('a mailbox that was added is not there')
      reply.code(201)
      return mailboxShape(added)
    },
    async removeMailbox({ tenant, params, caller }) {
      await removeMailbox(database, params.id, tenant.id)
      await database.tenantSql(tenant.id, (sql) =>
        writeAudit(sql, tenant.id, { actor: caller.actor, action: 'mailboxRemoved', subject: params.id }),
      )
      return {}
    },
  }
}

function mailboxShape(mailbox: MailboxJson): CallAnswer<'addMailbox'> {
  return mailbox
}

/** @throws InputProblem naming every field that is wrong. */
function readSettings(body: CallBody<'addMailbox'>): MailboxSettings {
  const errors: FieldError[] = []
  const host = body.host.toLowerCase()
  if (!/^[a-z0-9_.:-]{1,253}$/.test(host)) errors.push({ path: 'host', message: 'is no host name and no IP address' })
  for (const path of ['user', 'folder'] as const)
    if (/\p{Cc}/u.test(body[path])) errors.push({ path, message: 'has control characters in it' })
  // RFC 9051 §9: neither of the three can stand in a command.
  if (/[\0\r\n]/.test(body.password)) errors.push({ path: 'password', message: 'is of several lines' })
  const afterwards = readAfterwards(body.after)
  if (afterwards === null) errors.push({ path: 'after', message: 'may be seen, delete, leave or move:FOLDER' })
  const authservId = body.trustedAuthservId ?? null
  if (authservId !== null && !/^[\w.-]{1,253}$/.test(authservId))
    errors.push({ path: 'trustedAuthservId', message: 'may be a name such as mx.example.com' })
  if (errors.length > 0 || afterwards === null) throw new InputProblem('body', errors)
  const { port, tls, user: userName, folder } = body
  return { host, port, tls, userName, folder, afterwards, trustedAuthservId: authservId?.toLowerCase() ?? null }
}

function readAfterwards(written: string): Afterwards | null {
  if (written === 'seen' || written === 'delete' || written === 'leave') return { kind: written }
  const folder = /^move:(\P{Cc}{1,255})$/u.exec(written)?.[1]
  return folder === undefined ? null : { kind: 'move', folder }
}
