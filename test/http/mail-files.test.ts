import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contentDisposition, safeFileName } from '../../src/http/content-disposition.ts'
import { apiPrefix } from '../../src/http/api-call.ts'
import { type As, openTestApi, type TestApi } from '../support/api.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'
import { signIn } from '../support/sign-in.ts'

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const large = Buffer.alloc(300_000, 'leadpost ')
const html = `<html><body onload="alert(1)"><p dir="rtl">שלום</p><script>fetch('https://evil.example/')</script>
<img src="cid:logo@x"><img src="https://evil.example/pixel.gif"><a href="https://acme.example/">link</a></body></html>`

let api: TestApi
let anna: As
let bernd: As
let id: string
let unfiled: string
beforeAll(async () => {
  api = await openTestApi()
  await sendTestMail(api.smtp, {
    subject: 'XYZ Lead 11111 files',
    html,
    attachments: [
      { filename: 'logo.png', content: png, contentType: 'image/png', cid: 'logo@x' },
      { filename: 'Übersicht "2026".pdf', content: '%PDF-1.4', contentType: 'application/pdf' },
      { filename: 'page.html', content: '<script>alert(1)</script>', contentType: 'text/html' },
      { filename: 'drawing.svg', content: '<svg onload="alert(1)"/>', contentType: 'image/svg+xml' },
      { filename: 'large.txt', content: large, contentType: 'text/plain; charset=utf-8' },
    ],
  })
  await sendTestMail(api.smtp, { from: 'Bernd <bernd@xyz.example>', subject: 'no number', html: '<p>waits</p>' })
  await deliveriesSettled(api.database, 2)
  anna = await signIn(api, 'anna@xyz.example')
  bernd = await signIn(api, 'bernd@xyz.example')
  id = await mailOf('XYZ Lead 11111 files')
  unfiled = await mailOf('no number')
})
afterAll(() => api.close())

async function mailOf(subject: string): Promise<string> {
  const [row] = await api.database.owner<{ id: string }>('SELECT id FROM mail WHERE subject = $1', [subject])
  return row?.id ?? ''
}
function get(path: string, as: As, headers: Record<string, string> = {}, tenant = 'xyz'): Promise<Response> {
  return fetch(`${api.url}${apiPrefix}/tenants/${tenant}/mails/${path}`, { headers: { ...as, ...headers } })
}
async function fileNumber(name: string): Promise<number> {
  const [row] = await api.database.owner<{ position: number }>('SELECT position FROM attachment WHERE file_name LIKE $1', [name])
  return row?.position ?? -1
}

describe('the HTML of a mail', () => {
  test('comes safe, under a policy of its own, with its own pictures in it and nothing of others', async () => {
    const answer = await get(`${id}/html`, anna)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('cache-control')).toMatch(/^private/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/default-src 'none'; img-src data:; style-src 'unsafe-inline';/)
    expect(policy).toMatch(/frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox$/)
    const page = await answer.text()
    expect(page).toContain(`src="data:image/png;base64,${png.toString('base64')}"`)
    expect(page).toContain('<p dir="rtl">שלום</p>')
    expect(page).toContain('dir="auto"')
    expect(page).toContain('rel="noopener noreferrer nofollow"')
    expect(page).not.toMatch(/<script|onload|evil\.example|mail-picture/)
  })

  test('fetches pictures from elsewhere where that is asked for, in this answer alone', async () => {
    const answer = await get(`${id}/html?remote=true`, anna)
    expect(answer.headers.get('content-security-policy')).toContain('img-src data: https:;')
    expect(await answer.text()).toContain('src="https://evil.example/pixel.gif"')
    expect(await (await get(`${id}/html`, anna)).text()).not.toContain('evil.example')
    const { entries } = await api.call('listRecentEntries', { params: { tenant: 'xyz' } }, anna)
    const entry = await api.call('readEntry', { params: { tenant: 'xyz', id: entries[0]?.id ?? '' } }, anna)
    expect(entry.mail?.html).toEqual({ remoteContents: 1 })
  })

  test('comes for a dark page too, and as text where there is none or it takes too long', async () => {
    expect(await (await get(`${id}/html?dark=true`, anna)).text()).toContain('invert(')
    await api.database.owner(`UPDATE mail SET html = NULL, text = '<b>plain & simple' WHERE id = $1`, [unfiled])
    const page = await (await get(`${unfiled}/html`, bernd)).text()
    expect(page).toContain('<pre dir="auto">&#60;b&#62;plain &#38; simple</pre>')
    await api.database.owner(`UPDATE mail SET html = $2 WHERE id = $1`, [unfiled, '<svg><g>'.repeat(300_000)])
    const answer = await get(`${unfiled}/html`, bernd)
    expect(answer.status).toBe(200)
    expect(await answer.text()).not.toContain('<svg')
  })
})

describe('a file of a mail', () => {
  test('is shown where a browser may, and else saved, under a name that every client reads', async () => {
    const picture = await get(`${id}/attachments/${await fileNumber('logo.png')}`, anna)
    expect(picture.headers.get('content-type')).toBe('image/png')
    expect(picture.headers.get('content-disposition')).toBe('inline; filename="logo.png"')
    expect(picture.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox$/)
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(png)
    const pdf = await get(`${id}/attachments/${await fileNumber('Übersicht%')}`, anna)
    expect(pdf.headers.get('content-type')).toBe('application/pdf')
    expect(pdf.headers.get('content-disposition')).toBe(
      `inline; filename="Ubersicht _2026_.pdf"; filename*=UTF-8''%C3%9Cbersicht%20_2026_.pdf`,
    )
    expect(pdf.headers.get('content-security-policy')).not.toContain('sandbox')
    for (const name of ['page.html', 'drawing.svg']) {
      const answer = await get(`${id}/attachments/${await fileNumber(name)}`, anna)
      expect(answer.headers.get('content-type'), name).toBe('application/octet-stream')
      expect(answer.headers.get('content-disposition'), name).toMatch(/^attachment;/)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    }
    const saved = await get(`${id}/attachments/${await fileNumber('logo.png')}?download=true`, anna)
    expect(saved.headers.get('content-type')).toBe('application/octet-stream')
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment;/)
  })

  test('comes whole out of the blob store as well, and is not sent twice', async () => {
    const path = `${id}/attachments/${await fileNumber('large.txt')}`
    const answer = await get(path, anna)
    expect(answer.headers.get('content-length')).toBe(String(large.length))
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/)
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(bytes.equals(large)).toBe(true)
    const tag = answer.headers.get('etag') ?? ''
    expect(tag).toBe(`"${createHash('sha256').update(large).digest('hex')}"`)
    const again = await get(path, anna, { 'if-none-match': tag })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('that is not there is not found', async () => {
    expect((await get(`${id}/attachments/99`, anna)).status).toBe(404)
    expect((await get(`${id}/attachments/-1`, anna)).status).toBe(400)
    expect((await get(`018f3b1a-0000-7000-8000-000000000001/attachments/0`, anna)).status).toBe(404)
  })
})

test('the bytes of a mail are saved as they came', async () => {
  const answer = await get(`${id}/raw`, anna)
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${id}.eml"`)
  expect(answer.headers.get('content-type')).toBe('message/rfc822')
  expect(await answer.text()).toMatch(/^[\s\S]*Subject: XYZ Lead 11111 files\r\n/)
})

test('a mail is for its tenant, and what waits is for reviewers and whoever sent it', async () => {
  const foreign = await api.as('admin', 'wisla')
  for (const part of ['html', 'raw', 'attachments/0']) {
    expect((await get(`${id}/${part}`, foreign, {}, 'wisla')).status).toBe(404)
    expect((await get(`${id}/${part}`, foreign)).status).toBe(404)
    expect((await get(`${unfiled}/${part}`, anna)).status).toBe(404)
    expect((await get(`${id}/${part}`, {})).status).toBe(401)
  }
  expect((await get(`${unfiled}/raw`, bernd)).status).toBe(200)
  expect((await get(`${unfiled}/raw`, await api.as('salesperson'))).status).toBe(404)
})

test('what is private is refused to all but whoever captured it and the admins; what was erased is gone', async () => {
  await api.database.owner(`UPDATE mail SET private_at = now(), private_by = 'anna@xyz.example' WHERE id = $1`, [id])
  for (const part of ['html', 'raw', 'attachments/0']) {
    expect((await get(`${id}/${part}`, bernd)).status).toBe(403)
    expect((await get(`${id}/${part}`, anna)).status).toBe(200)
    expect((await get(`${id}/${part}`, await api.as('admin'))).status).toBe(200)
  }
  await api.database.owner(`UPDATE mail SET erased_at = now() WHERE id = $1`, [id])
  expect((await get(`${id}/html`, anna)).status).toBeGreaterThanOrEqual(400)
})

test('file names bring nothing along', () => {
  expect(safeFileName('../../etc/passwd')).toBe('_.._etc_passwd')
  expect(safeFileName('invoice\u202Efdp.exe')).toBe('invoicefdp.exe')
  expect(safeFileName(' \r\n\u0000')).toBe('file')
  expect(safeFileName(`${'x'.repeat(400)}.pdf`)).toMatch(/^x{150}\.pdf$/)
  expect(contentDisposition('attachment', 'a"b\\c;%41.txt')).toBe(
    `attachment; filename="a_b_c__41.txt"; filename*=UTF-8''a_b_c%3B%2541.txt`,
  )
  expect(contentDisposition('inline', 'הצעה.pdf')).toBe(`inline; filename="file.pdf"; filename*=UTF-8''%D7%94%D7%A6%D7%A2%D7%94.pdf`)
  expect(contentDisposition('attachment', 'x\r\nSet-Cookie: a=b')).not.toMatch(/[\r\n]/)
})
