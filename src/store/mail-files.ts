/** What a mail consists of, for whoever may see it: its HTML, its files, its bytes as they came. In a transaction of the tenant. */
import type { MailId, TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import type { Sql } from './database.ts'
import { isMailOfSql, type Viewer } from './viewer.ts'

/** In the row, or under a key of the blob store. */
export type StoredBytes = { readonly content: Uint8Array } | { readonly blobKey: string }

export interface StoredFile {
  readonly fileName: string
  readonly mediaType: string
  readonly bytes: number
  readonly sha256: string
  readonly stored: StoredBytes
}

interface Standing {
  readonly private: boolean
  readonly erased: boolean
  readonly own: boolean
  readonly filed: boolean
}

/**
 * Reviewers read all that is not private; a salesperson what stands in a history, and what he captured or wrote himself.
 * @throws PermanentFailure `notFound`; `notAllowed` for what is private; `messageErased`.
 */
export async function checkMayRead(sql: Sql, tenantId: TenantId, mailId: MailId, { role, addresses }: Viewer): Promise<void> {
  const [mail] = await sql.rows<Standing>(
    `SELECT m.private_at IS NOT NULL AS private, m.erased_at IS NOT NULL AS erased, ${isMailOfSql('m.id', 'm.from_address', '$3')} AS own,
       EXISTS (SELECT FROM history_entry h WHERE h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL) AS filed
     FROM mail m WHERE m.tenant_id = $1 AND m.id = $2`,
    [tenantId, mailId, addresses],
  )
  const isOpenTo = mail !== undefined && (mail.own || mail.filed || role !== 'salesperson')
  if (!isOpenTo) throw new PermanentFailure('notFound', `There is no mail ${mailId}`)
  if (mail.private && !mail.own && role !== 'admin')
    throw new PermanentFailure('notAllowed', 'This mail is private; only who captured or wrote it, and admins, may read it')
  if (mail.erased) throw new PermanentFailure('messageErased', 'The content of this mail was erased')
}

export interface MailHtml {
  readonly html: string | null
  /** What is shown where the HTML cannot be. */
  readonly text: string
}

export async function readHtml(sql: Sql, tenantId: TenantId, mailId: MailId): Promise<MailHtml> {
  const [row] = await sql.rows<MailHtml>('SELECT html, text FROM mail WHERE tenant_id = $1 AND id = $2', [tenantId, mailId])
  if (row === undefined) throw new PermanentFailure('notFound', `There is no mail ${mailId}`)
  return row
}

interface FileRow extends Omit<StoredFile, 'stored'> {
  readonly content: Uint8Array | null
  readonly blobKey: string | null
}

const fileColumns = `a.file_name AS "fileName", a.media_type AS "mediaType", a.bytes, a.sha256, b.content, b.blob_key AS "blobKey"`
const fileJoin = 'FROM attachment a JOIN attachment_blob b ON b.tenant_id = $1 AND b.sha256 = a.sha256'

/** Throws PermanentFailure('notFound'). */
export async function readFile(sql: Sql, tenantId: TenantId, mailId: MailId, position: number): Promise<StoredFile> {
  const [row] = await sql.rows<FileRow>(`SELECT ${fileColumns} ${fileJoin} WHERE a.tenant_id = $1 AND a.mail_id = $2 AND a.position = $3`, [
    tenantId,
    mailId,
    position,
  ])
  const file = row === undefined ? null : fileOf(row)
  if (file === null) throw new PermanentFailure('notFound', `The mail ${mailId} has no file number ${position}`)
  return file
}

/** The mail's own pictures of these Content-IDs, none larger than `bytesMax`. */
export async function readPictures(
  sql: Sql,
  tenantId: TenantId,
  mailId: MailId,
  contentIds: readonly string[],
  bytesMax: number,
): Promise<ReadonlyMap<string, StoredFile>> {
  if (contentIds.length === 0) return new Map()
  const rows = await sql.rows<FileRow & { contentId: string }>(
    `SELECT DISTINCT ON (a.content_id) a.content_id AS "contentId", ${fileColumns} ${fileJoin}
     WHERE a.tenant_id = $1 AND a.mail_id = $2 AND a.content_id = ANY($3) AND a.bytes <= $4 ORDER BY a.content_id, a.position`,
    [tenantId, mailId, contentIds, bytesMax],
  )
  return new Map(
    rows.flatMap((row) => [[row.contentId, fileOf(row)] as const]).filter((pair): pair is [string, StoredFile] => pair[1] !== null),
  )
}

/** The first copy that came in and is still there. What is private to others and came in the same copy keeps it back. Throws as `checkMayRead`. */
export async function readRaw(sql: Sql, tenantId: TenantId, mailId: MailId, viewer: Viewer): Promise<StoredBytes> {
  const [row] = await sql.rows<{ content: Uint8Array | null; blobKey: string | null; deliveryId: string }>(
    `SELECT r.content, r.blob_key AS "blobKey", c.delivery_id AS "deliveryId"
     FROM capture c JOIN delivery d ON d.tenant_id = $1 AND d.id = c.delivery_id JOIN raw_message r ON r.message_id = d.message_id
     WHERE c.tenant_id = $1 AND c.mail_id = $2 AND r.erased_at IS NULL ORDER BY c.at, c.delivery_id LIMIT 1`,
    [tenantId, mailId],
  )
  if (row === undefined) throw new PermanentFailure('messageErased', 'The bytes of this mail were erased')
  const others = await sql.rows<{ id: MailId }>(
    'SELECT mail_id AS id FROM capture WHERE tenant_id = $1 AND delivery_id = $2 AND mail_id <> $3',
    [tenantId, row.deliveryId, mailId],
  )
  for (const { id } of others) await checkMayRead(sql, tenantId, id, viewer)
  const stored = storedOf(row)
  if (stored === null) throw new PermanentFailure('messageErased', 'The bytes of this mail were erased')
  return stored
}

function fileOf({ content, blobKey, ...file }: FileRow): StoredFile | null {
  const stored = storedOf({ content, blobKey })
  return stored === null ? null : { ...file, stored }
}

function storedOf({ content, blobKey }: Pick<FileRow, 'content' | 'blobKey'>): StoredBytes | null {
  if (content !== null) return { content }
  return blobKey === null ? null : { blobKey }
}
