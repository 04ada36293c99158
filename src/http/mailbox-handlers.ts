/** Mailboxes that are watched for a tenant. Passwords come in and never go out. */
import type { CallAnswer, CallBody } from '../api/contract.ts'
import { tryMailbox } from '../intake/try-mailbox.ts'
import { type FaultCode, faultOf } from '../failure.ts'
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
      const { host, port, userName, folder, sent } = settings
      await database.tenantSql(tenant.id, (sql) =>
        writeAudit(sql, tenant.id, {
          actor: caller.actor,
          action: 'mailboxAdded',
          subject: id,
          detail: { host, port, userName, folder, sent },
        }),
      )
      context.nudge(tenant.id)
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
      context.nudge(tenant.id)
      return {}
    },
  }
}

function mailboxShape(mailbox: MailboxJson): CallAnswer<'addMailbox'> {
  return mailbox
}

/** @throws InputProblem naming every field that is wrong. */
function readSettings(body: CallBody<'addMailbox'>): MailboxSettings {
  const { port, tls, user: userName, sent } = body
  const folder = body.folder ?? (sent ? 'Sent' : 'INBOX')
  const errors: FieldError[] = []
  const wrong = (path: string, message: string, code: FormFault): void => void errors.push({ path, message, fault: faultOf(code) })
  const host = body.host.toLowerCase()
  if (!/^[a-z0-9_.:-]{1,253}$/.test(host)) wrong('host', 'is no host name and no IP address', 'mailServerNameWrong')
  for (const [path, written] of [['user', userName] as const, ['folder', folder] as const])
    if (/\p{Cc}/u.test(written)) wrong(path, 'has control characters in it', 'controlCharacters')
  // RFC 9051 §9: neither of the three can stand in a command.
  if (/[\0\r\n]/.test(body.password)) wrong('password', 'is of several lines', 'passwordOfLines')
  const afterwards = readAfterwards(body.after ?? (sent ? 'leave' : 'seen'))
  if (afterwards === null) wrong('after', 'may be seen, delete, leave or move:FOLDER', 'afterwardsWrong')
  else if (sent && afterwards.kind !== 'leave') wrong('after', 'may be leave alone: nothing in a Sent folder is touched', 'sentIsLeftAlone')
  const authservId = body.trustedAuthservId ?? null
  if (authservId !== null && !/^[\w.-]{1,253}$/.test(authservId))
    wrong('trustedAuthservId', 'may be a name such as mx.example.com', 'authservIdWrong')
  if (errors.length > 0 || afterwards === null) throw new InputProblem('body', errors)
  return { host, port, tls, userName, folder, afterwards, trustedAuthservId: authservId?.toLowerCase() ?? null, sent }
}

type FormFault = Extract<
  FaultCode,
  'mailServerNameWrong' | 'controlCharacters' | 'passwordOfLines' | 'afterwardsWrong' | 'sentIsLeftAlone' | 'authservIdWrong'
>

function readAfterwards(written: string): Afterwards | null {
  if (written === 'seen' || written === 'delete' || written === 'leave') return { kind: written }
  const folder = /^move:(\P{Cc}{1,255})$/u.exec(written)?.[1]
  return folder === undefined ? null : { kind: 'move', folder }
}
