/** The people of a mail when it is answered for: linked to contact persons, and who was made for it, gone again when that is taken back. */
import type { CompanyId, ContactPersonId, LeadId, MailId, TenantId } from '../crm/ids.ts'
import type { NameView } from './confirmation-rows.ts'
import { linkParticipants } from './contact-links.ts'
import type { Sql } from './database.ts'
import { isOwnSql } from './mail-whole.ts'

export interface LeadForAnswer {
  readonly id: LeadId
  readonly number: string
  readonly companyId: CompanyId | null
}

/** Null where the tenant has no lead of that number. */
export async function findLead(sql: Sql, tenantId: TenantId, number: string): Promise<LeadForAnswer | null> {
  const [row] = await sql.rows<LeadForAnswer>(
    'SELECT id, number, company_id AS "companyId" FROM lead WHERE tenant_id = $1 AND number = $2',
    [tenantId, number],
  )
  return row ?? null
}

/** Null where the tenant has no such company. */
export async function findCompanyName(sql: Sql, tenantId: TenantId, id: CompanyId): Promise<string | null> {
  const [row] = await sql.rows<{ name: string }>('SELECT name FROM company WHERE tenant_id = $1 AND id = $2', [tenantId, id])
  return row?.name ?? null
}

/** Who could become a contact person: addresses of a mail that are neither that yet nor one of the tenant's own. */
export async function readUnknownPeople(sql: Sql, tenantId: TenantId, mailId: MailId): Promise<NameView[]> {
  return await sql.rows<NameView>(
    `SELECT address, name FROM (
       SELECT DISTINCT ON (p.address_key) p.address, p.name, p.position FROM participant p
       WHERE p.tenant_id = $1 AND p.mail_id = $2 AND p.address_key IS NOT NULL AND p.contact_person_id IS NULL
         AND NOT ${isOwnSql('p.address_key')}
         AND NOT EXISTS (SELECT FROM contact_address a WHERE a.tenant_id = $1 AND a.address_key = p.address_key)
       ORDER BY p.address_key, p.name IS NULL, p.position) u
     ORDER BY position`,
    [tenantId, mailId],
  )
}

/** Those of its people that have become contact persons since it came. */
export async function linkPeopleOf(sql: Sql, tenantId: TenantId, mailId: MailId): Promise<void> {
  const rows = await sql.rows<{ key: string }>(
    `SELECT DISTINCT p.address_key AS key FROM participant p
     WHERE p.tenant_id = $1 AND p.mail_id = $2 AND p.contact_person_id IS NULL
       AND EXISTS (SELECT FROM contact_address a WHERE a.tenant_id = $1 AND a.address_key = p.address_key)`,
    [tenantId, mailId],
  )
  await linkParticipants(
    sql,
    tenantId,
    rows.map(({ key }) => key),
  )
}

export interface MadePerson {
  readonly id: ContactPersonId
  readonly name: string
}

/**
 * Takes away those of whom nothing but their address is known and who stand in no other mail than this one; answers the others, who stay: somebody has
 * worked with them since.
 */
export async function removeUnusedPeople(
  sql: Sql,
  tenantId: TenantId,
  mailId: MailId,
  ids: readonly ContactPersonId[],
): Promise<MadePerson[]> {
  if (ids.length === 0) return []
  const people = await sql.rows<MadePerson & { unused: boolean }>(
    `SELECT k.id, k.name, k.version = 1 AND k.key IS NULL
       AND NOT EXISTS (SELECT FROM participant p WHERE p.tenant_id = $1 AND p.contact_person_id = k.id AND p.mail_id <> $3)
       AND NOT EXISTS (SELECT FROM key_player y WHERE y.tenant_id = $1 AND y.contact_person_id = k.id) AS unused
     FROM contact_person k WHERE k.tenant_id = $1 AND k.id = ANY($2) ORDER BY k.name, k.id FOR UPDATE OF k`,
    [tenantId, ids, mailId],
  )
  const unused = people.filter((person) => person.unused).map(({ id }) => id)
  if (unused.length > 0) {
    const values = [tenantId, unused]
    await sql.run('UPDATE participant SET contact_person_id = NULL WHERE tenant_id = $1 AND contact_person_id = ANY($2)', values)
    await sql.run('DELETE FROM contact_address WHERE tenant_id = $1 AND contact_person_id = ANY($2)', values)
    await sql.run('DELETE FROM contact_person WHERE tenant_id = $1 AND id = ANY($2)', values)
  }
  return people.filter((person) => !person.unused).map(({ id, name }) => ({ id, name }))
}

/** A user by address, who may be given a task. */
export async function findAssignee<Id extends string>(sql: Sql, tenantId: TenantId, email: string): Promise<Id | null> {
  const [row] = await sql.rows<{ id: Id }>('SELECT id FROM user_account WHERE tenant_id = $1 AND email = $2 AND disabled_at IS NULL', [
    tenantId,
    email,
  ])
  return row?.id ?? null
}
