/** The mails that the benches send: ordinary in shape, of a given size, each with its own Message-ID and text. */

/** The leads of the bench's tenant: each client has two, as clients do. */
export const benchLeads: readonly string[] = Array.from({ length: 100 }, (_, n) => String(11_111 + n))
const leadsPerClient = 2

/** Its number, from 0 on, and its domain. */
export function clientOf(lead: string): { readonly number: number; readonly domain: string } {
  const number = Math.floor(benchLeads.indexOf(lead) / leadsPerClient)
  return { number, domain: `client${String(number)}.example` }
}

/**
 * A mail of about `bytes` bytes to a contact person, with a lead number in its subject. Up to 16 KiB it is what mail clients send (trace fields,
 * text and HTML in quoted-printable); beyond, an attachment carries the weight.
 */
export function benchMessage(n: number, bytes: number, lead = '11111'): Buffer {
  const { domain } = clientOf(lead)
  const head = [
    'Return-Path: <anna@xyz.example>',
    `Received: from client.xyz.example (client.xyz.example [192.0.2.7]) by mail.xyz.example (Postfix) with ESMTPSA id 4F${String(n).padStart(10, '0')}`,
    `\tfor <eva@${domain}>; Mon,  2 Nov 2026 09:30:01 +0000 (UTC)`,
    'From: Anna Arndt <anna@xyz.example>',
    `To: =?UTF-8?Q?Eva_M=C3=BCster?= <eva@${domain}>`,
    `Cc: "Otto Ohnesorg (Technik)" <otto@${domain}>`,
    `Subject: XYZ Lead ${lead}`,
    'Date: Mon, 02 Nov 2026 09:30:00 +0000',
    `Message-ID: <bench-${process.pid}-${n}-${Math.round(performance.now() * 1000)}@xyz.example>`,
    'User-Agent: Mozilla Thunderbird',
    'Content-Language: en-GB',
    'MIME-Version: 1.0',
  ]
  return Buffer.from(bytes <= 16_384 ? writtenMail(head, n, bytes) : attachmentMail(head, n, bytes), 'latin1')
}

const sentence = 'Thank you for the call this morning, Eva =E2=80=93 here is what we agreed.=\r\n Line by line, as you asked.'

function writtenMail(head: readonly string[], n: number, bytes: number): string {
  const frame = [...head, 'Content-Type: multipart/alternative; boundary="b1"', '', ''].join('\r\n')
  const part = (subtype: string): string =>
    `--b1\r\nContent-Type: text/${subtype}; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`
  const greeting = `Dear Eva, this is mail ${n}.`
  const around = frame.length + part('plain').length + part('html').length + 2 * greeting.length + 120
  const count = Math.max(1, Math.floor((bytes - around) / (2 * sentence.length + 20)))
  const text = [greeting, '', ...Array.from({ length: count }, () => sentence), '', '-- ', 'Anna Arndt'].join('\r\n')
  const html = `<html><body><p>${greeting}</p>\r\n${`<p>${sentence}</p>\r\n`.repeat(count)}</body></html>`
  return `${frame}${part('plain')}${text}\r\n${part('html')}${html}\r\n--b1--\r\n`
}

function attachmentMail(head: readonly string[], n: number, bytes: number): string {
  const line = `${Buffer.from(`leadpost bench ${n} `.repeat(3)).toString('base64').slice(0, 76).padEnd(76, 'A')}\r\n`
  return [
    ...head,
    'Content-Type: multipart/mixed; boundary=b1',
    '',
    '--b1',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Dear Eva, this is mail ${n} with the offer.`,
    '--b1',
    'Content-Type: application/pdf; name="offer.pdf"',
    'Content-Disposition: attachment; filename="offer.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    line.repeat(Math.ceil((bytes - 900) / line.length)) + '--b1--',
    '',
  ].join('\r\n')
}
