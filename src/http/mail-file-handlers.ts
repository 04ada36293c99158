/** What a mail consists of: its HTML made safe, its files, its bytes. All of it came from strangers, so each answer says how little a browser may do with it. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { MailId } from '../crm/ids.ts'
import type { BlobStore } from '../store/blobs.ts'
import { checkMayRead, readFile, readHtml, readPictures, readRaw, type StoredBytes, type StoredFile } from '../store/mail-files.ts'
import { type Handlers, sent } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { contentDisposition } from './content-disposition.ts'
import { viewerOf } from './mail-handlers.ts'
import { mailPage, mailPagePolicy, textAsHtml } from './mail-page.ts'
import { pictureScheme, type SafeHtml } from './safe-html.ts'
import type { SafeHtmlMaker } from './safe-html-threads.ts'

type FileCalls = 'readMailHtml' | 'readMailRaw' | 'readAttachment'

/** Of one of a mail's own pictures, and of all of them: they are written into the page, since a sandboxed frame cannot fetch them as the reader. */
const pictureBytesMax = 3 * 1024 * 1024
const picturesBytesMax = 12 * 1024 * 1024
const pictureTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp'])
/** What a browser may show. SVG is a document that runs scripts, so it is none of them. */
const shownTypes = new Set([...pictureTypes, 'image/avif', 'application/pdf', 'text/plain'])
/** A file never changes; whether one may still see it does. */
const fileMaxAgeS = 3_600

export function mailFileHandlers({ store }: Pick<ApiContext, 'store'>, safeHtml: SafeHtmlMaker): Pick<Handlers, FileCalls> {
  const { database, blobs } = store
  return {
    async readMailHtml(call) {
      const { remote, dark } = call.query
      const mailId = call.params.id as MailId
      const mail = await database.tenantSql(call.tenant.id, async (sql) => {
        await checkMayRead(sql, call.tenant.id, mailId, await viewerOf(sql, call))
        return await readHtml(sql, call.tenant.id, mailId)
      })
      const safe = mail.html === null ? null : await safeHtml.make({ html: mail.html, remote })
      const pictures = await database.tenantSql(
        call.tenant.id,
        async (sql) => await readPictures(sql, call.tenant.id, mailId, safe?.pictures ?? [], pictureBytesMax),
      )
      const shown = safe === null ? textAsHtml(mail.text) : { ...safe, html: await withPictures(safe, pictures, blobs) }
      void call.reply
        .header('content-security-policy', mailPagePolicy({ remote }))
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'private, no-cache')
        .type('text/html; charset=utf-8')
        .send(mailPage(shown, { dark }))
      return sent
    },

    async readMailRaw(call) {
      const mailId = call.params.id as MailId
      const stored = await database.tenantSql(call.tenant.id, async (sql) => {
        const viewer = await viewerOf(sql, call)
        await checkMayRead(sql, call.tenant.id, mailId, viewer)
        return await readRaw(sql, call.tenant.id, mailId, viewer)
      })
      safeAnswer(call.reply, 'attachment', `${mailId}.eml`)
        .type('message/rfc822')
        .header('cache-control', 'private, no-cache')
        .send(await streamOf(stored, blobs))
      return sent
    },

    async readAttachment(call) {
      const mailId = call.params.id as MailId
      const file = await database.tenantSql(call.tenant.id, async (sql) => {
        await checkMayRead(sql, call.tenant.id, mailId, await viewerOf(sql, call))
        return await readFile(sql, call.tenant.id, mailId, call.params.position)
      })
      await sendFile(call.reply, file, { blobs, download: call.query.download, known: call.request.headers['if-none-match'] })
      return sent
    },
  }
}

async function sendFile(
  reply: FastifyReply,
  file: StoredFile,
  { blobs, download, known }: { readonly blobs: BlobStore; readonly download: boolean; readonly known: string | undefined },
): Promise<void> {
  const type = file.mediaType.toLowerCase().split(';', 1)[0]?.trim() ?? ''
  const isShown = !download && shownTypes.has(type)
  const tag = `"${file.sha256}"`
  safeAnswer(reply, isShown ? 'inline' : 'attachment', file.fileName)
    // What is not shown has no type that anything could act on.
    .type(isShown ? (type === 'text/plain' ? 'text/plain; charset=utf-8' : type) : 'application/octet-stream')
    .header('content-security-policy', filePolicy(type))
    .header('cache-control', `private, max-age=${String(fileMaxAgeS)}, immutable`)
    .header('etag', tag)
  if (known?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) === true) {
    void reply.code(304).send()
    return
  }
  void reply.header('content-length', file.bytes).send(await streamOf(file.stored, blobs))
}

/** A browser's own reader of PDFs does not open in a sandbox. */
function filePolicy(type: string): string {
  const common = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
  return type === 'application/pdf' ? `${common}; object-src 'self'` : `${common}; sandbox`
}

function safeAnswer(reply: FastifyReply, kind: 'inline' | 'attachment', fileName: string): FastifyReply {
  return reply.header('content-disposition', contentDisposition(kind, fileName)).header('x-content-type-options', 'nosniff')
}

async function streamOf(stored: StoredBytes, blobs: BlobStore): Promise<Readable> {
  return 'content' in stored ? Readable.from([stored.content], { objectMode: false }) : await blobs.get(stored.blobKey)
}

/** The mail's own pictures in their places; one that is missing, too large or none is left out. */
async function withPictures({ html, pictures }: SafeHtml, files: ReadonlyMap<string, StoredFile>, blobs: BlobStore): Promise<string> {
  const addresses: string[] = []
  let total = 0
  for (const id of pictures) {
    const file = files.get(id)
    const type = file?.mediaType.toLowerCase() ?? ''
    const fits = file !== undefined && pictureTypes.has(type) && total + file.bytes <= picturesBytesMax
    if (fits) total += file.bytes
    addresses.push(fits ? `src="data:${type};base64,${await base64Of(file.stored, blobs)}"` : '')
  }
  return html.replaceAll(new RegExp(`src="${pictureScheme}(\\d{1,3})"`, 'g'), (_, place: string) => addresses[Number(place)] ?? '')
}

async function base64Of(stored: StoredBytes, blobs: BlobStore): Promise<string> {
  const chunks = 'content' in stored ? [stored.content] : ((await (await blobs.get(stored.blobKey)).toArray()) as Uint8Array[])
  return Buffer.concat(chunks).toString('base64')
}
