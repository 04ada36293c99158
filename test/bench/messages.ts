/** The mails that the benches send: ordinary in shape, of a given size, each with its own Message-ID and text. */

/** A mail of about `bytes` bytes to a contact person, with a lead number in its subject. Up to 16 KiB it is text; beyond, an attachment carries the weight. */
export function benchMessage(n: number, bytes: number, lead = '11111'): Buffer {
  const head = [
    'From: Anna Arndt <anna@xyz.example>',
    'To: Eva Muster <eva@acme.example>',
    `Subject: XYZ Lead ${lead}`,
    'Date: Mon, 02 Nov 2026 09:30:00 +0000',
    `Message-ID: <bench-${process.pid}-${n}-${Math.round(performance.now() * 1000)}@xyz.example>`,
    'MIME-Version: 1.0',
  ]
  return Buffer.from(bytes <= 16_384 ? textMail(head, n, bytes) : attachmentMail(head, n, bytes), 'latin1')
}

const sentence = 'Thank you for the call this morning; here is what we agreed, line by line.\r\n'

function textMail(head: readonly string[], n: number, bytes: number): string {
  const text = `Dear Eva, this is mail ${n}.\r\n\r\n${sentence.repeat(Math.ceil(bytes / sentence.length))}`
  const header = [...head, 'Content-Type: text/plain; charset=utf-8', '', ''].join('\r\n')
  return `${(header + text).slice(0, bytes - 2)}\r\n`
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
