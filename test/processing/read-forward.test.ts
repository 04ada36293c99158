/** Inline forwards of the clients in their languages, as text and as HTML; and what must never be taken for one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AddressKey } from '../../src/mail/address.ts'
import type { Forward } from '../../src/mail/forwarded.ts'
import { contentFields, readBody } from '../../src/processing/read-body.ts'
import { readForward } from '../../src/processing/read-forward.ts'
import { corpusFiles, corpusIsAbsent, corpusText } from '../support/corpus-files.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'
import { judgeForwards } from '../support/understanding.ts'

type Found = Extract<Forward, { kind: 'forward' }>

function forward(text: string, subject = 'Fwd: Offer', recipients: readonly (AddressKey | null)[] = []): Forward {
  return readForward({ subject, text, recipients })
}

function found(text: string, subject?: string, recipients?: readonly (AddressKey | null)[]): Found {
  const read = forward(text, subject, recipients)
  if (read.kind === 'none') throw new Error('no forward was found')
  return read
}

const keys = (mailboxes: readonly { readonly key: AddressKey | null }[]): (AddressKey | null)[] => mailboxes.map(({ key }) => key)
const body = 'Hello Anna,\n\nplease send us the drawings.\n\nEva'

/** Outlook's header block, which replies have as well. */
const outlook: readonly (readonly [
  language: string,
  subject: string,
  labels: readonly [string, string, string, string, string],
  date: string,
])[] = [
  ['English', 'FW: Offer', ['From', 'Sent', 'To', 'Cc', 'Subject'], 'Wednesday, October 27, 2021 15:14'],
  ['German', 'WG: Angebot', ['Von', 'Gesendet', 'An', 'Cc', 'Betreff'], 'Mittwoch, 27. Oktober 2021 15:14'],
  ['Polish', 'PD: Oferta', ['Od', 'Wysłano', 'Do', 'DW', 'Temat'], 'środa, 27 października 2021 15:14'],
  ['Swedish', 'VB: Offert', ['Från', 'Skickat', 'Till', 'Kopia', 'Ämne'], 'den 27 oktober 2021 15:14'],
  ['Hebrew', 'הועבר: הצעה', ['\u200fמאת', '\u200fנשלח', '\u200fאל', '\u200fעותק', '\u200fנושא'], 'יום רביעי 27 אוקטובר 2021 15:14'],
  ['French', 'TR: Offre', ['De ', 'Envoyé ', 'À ', 'Cc ', 'Objet '], 'mercredi 27 octobre 2021 15:14'],
  ['Spanish', 'RV: Oferta', ['De', 'Enviado el', 'Para', 'CC', 'Asunto'], 'miércoles, 27 de octubre de 2021 15:14'],
  ['Italian', 'I: Offerta', ['Da', 'Inviato', 'A', 'Cc', 'Oggetto'], 'mercoledì 27 ottobre 2021 15:14'],
  ['Dutch', 'FW: Offerte', ['Van', 'Verzonden', 'Aan', 'CC', 'Onderwerp'], 'woensdag 27 oktober 2021 15:14'],
  ['Portuguese', 'ENC: Oferta', ['De', 'Enviada em', 'Para', 'Cc', 'Assunto'], 'quarta-feira, 27 de outubro de 2021 15:14'],
  ['Danish', 'Videresend: Tilbud', ['Fra', 'Sendt', 'Til', 'Cc', 'Emne'], '27. oktober 2021 15:14'],
  ['Czech', 'FW: Nabídka', ['Od', 'Odesláno', 'Komu', 'Kopie', 'Předmět'], 'středa 27. října 2021 15:14'],
  ['Finnish', 'VL: Tarjous', ['Lähettäjä', 'Lähetetty', 'Vastaanottaja', 'Kopio', 'Aihe'], 'keskiviikko 27. lokakuuta 2021 15.14'],
  ['Hungarian', 'FW: Ajánlat', ['Feladó', 'Elküldve', 'Címzett', 'Másolatot kap', 'Tárgy'], '2021. október 27., szerda 15:14'],
  ['Russian', 'FW: Предложение', ['От', 'Отправлено', 'Кому', 'Копия', 'Тема'], '27 октября 2021 г. 15:14'],
  ['Turkish', 'İLT: Teklif', ['Kimden', 'Gönderildi', 'Kime', 'Bilgi', 'Konu'], '27 Ekim 2021 Çarşamba 15:14'],
  ['Chinese', '转发: 报价', ['发件人', '发送时间', '收件人', '抄送', '主题'], '2021年10月27日 15:14'],
  ['Japanese', 'FW: 見積', ['差出人', '送信日時', '宛先', 'CC', '件名'], '2021年10月27日 15:14'],
  ['Arabic', 'FW: عرض', ['من', 'تم الإرسال', 'إلى', 'نسخة', 'الموضوع'], '27 أكتوبر 2021 15:14'],
]

function outlookBlock([from, sent, to, cc, subject]: readonly [string, string, string, string, string], date: string): string {
  return [
    `${from}: Novak, Eva <eva@acme.example>`,
    `${sent}: ${date}`,
    `${to}: Anna Arndt <anna@xyz.example>; Berg, Bo <bo@xyz.example>`,
    `${cc}: kim@acme.example`,
    `${subject}: Drawings`,
  ].join('\n')
}

describe('Outlook', () => {
  test.each(outlook)('%s: the original is read', (_, subject, labels, date) => {
    const read = found(`For lead 11111\n\n________________________________\n${outlookBlock(labels, date)}\n\n${body}`, subject)
    expect(read.originalFrom).toEqual({ address: 'eva@acme.example', name: 'Novak, Eva', key: 'eva@acme.example' })
    expect(keys(read.to)).toEqual(['anna@xyz.example', 'bo@xyz.example'])
    expect(keys(read.cc)).toEqual(['kim@acme.example'])
    expect(read.subject).toBe('Drawings')
    expect(read.date?.toISOString()).toBe('2021-10-27T15:14:00.000Z')
    expect(read.text).toBe(body)
    expect(read.ownText).toBe('For lead 11111')
    expect(read.facts).toMatchObject({ heading: 'headerBlock', subjectSaysForward: true, severalAuthors: false })
  })

  test.each(outlook)('%s: the same block under a reply’s subject is a reply', (_, _subject, labels, date) => {
    expect(forward(`Thanks\n\n${outlookBlock(labels, date)}\n\n${body}`, 'RE: Drawings').kind).toBe('none')
  })

  test('without a prefix it is a forward only where the mail goes to nobody but the CRM', () => {
    const text = `XYZ Lead 11111\n\n${outlookBlock(['From', 'Sent', 'To', 'Cc', 'Subject'], '2021-10-27 15:14')}\n\n${body}`
    expect(forward(text, 'XYZ Lead 11111').kind).toBe('forward')
    expect(forward(text, 'XYZ Lead 11111', ['eva@acme.example' as AddressKey]).kind).toBe('none')
    expect(forward(text, 'XYZ Lead 11111', ['kim@acme.example' as AddressKey]).kind).toBe('none')
  })

  test('the zone of the forwarder makes the time of a date without one', () => {
    const text = `${outlookBlock(['From', 'Sent', 'To', 'Cc', 'Subject'], 'Wednesday, October 27, 2021 3:14 PM')}\n\n${body}`
    const read = readForward({ subject: 'FW: x', text, recipients: [], offsetMinutes: 120 })
    expect(read.kind === 'forward' && read.date?.toISOString()).toBe('2021-10-27T13:14:00.000Z')
  })
})

describe('announced forwards', () => {
  const block = 'From: Eva Novak <eva@acme.example>\nDate: Wed, 3 Nov 2021 15:51:30 +0100\nSubject: Drawings\nTo: Anna <anna@xyz.example>'
  test.each([
    '---------- Forwarded message ---------',
    '-------- Weitergeleitete Nachricht --------',
    '----- Przekazana wiadomość -----',
    '-------- Vidarebefordrat meddelande --------',
    '---------- הודעה שהועברה ---------',
    '-------- Message transféré --------',
    '---------- Mensaje reenviado ---------',
    '-------- Messaggio Inoltrato --------',
    '-------- Doorgestuurd bericht --------',
    '-------- Mensagem encaminhada --------',
    '-------- Videresendt meddelelse --------',
    '-------- Přeposlaná zpráva --------',
    '-------- Перенаправленное сообщение --------',
    '-------- İletilen İleti --------',
    '---------- 转发的邮件 ---------',
    'Begin forwarded message:',
    'Anfang der weitergeleiteten Nachricht:',
    'Początek przekazywanej wiadomości:',
    '----- Forwarded by Anna Arndt/XYZ on 11/03/2021 04:00 PM -----',
  ])('%s makes a forward under any subject but a reply’s', (separator) => {
    const text = `My words\n\n${separator}\n${block}\n\n${body}`
    for (const subject of ['Fwd: Drawings', 'XYZ Lead 11111', 'XYZ Lead 11111 Fwd: Drawings', '']) {
      const read = found(text, subject, ['kim@acme.example' as AddressKey])
      expect(read.originalFrom.key).toBe('eva@acme.example')
      expect(read).toMatchObject({ ownText: 'My words', text: body, facts: { heading: 'announced', dateZoned: true } })
    }
    expect(forward(text, 'Re: Drawings').kind).toBe('none')
  })

  test('Apple Mail marks what it forwards; what stands below is the forwarder’s', () => {
    const marked = `Begin forwarded message:\n\n${block}\n\n${body}`.replaceAll(/^/gm, '> ')
    const read = found(`Look at this\n\n${marked}\n\nand tell me`)
    expect(read).toMatchObject({ text: body, ownText: 'Look at this\n\n\nand tell me' })
  })

  test('Yahoo writes it all on one line', () => {
    const text =
      'Mine.\n\n   ----- Forwarded Message ----- From: Eva Novak <eva@acme.example>To: "anna@xyz.example" <anna@xyz.example>Sent: Tuesday, November 2, 2021, 09:26:50 AM GMT+1Subject: Drawings\n Hello Anna\nmore'
    const read = found(text)
    expect(read.originalFrom).toEqual({ address: 'eva@acme.example', name: 'Eva Novak', key: 'eva@acme.example' })
    expect(read).toMatchObject({ subject: 'Drawings', text: 'Hello Anna\nmore', ownText: 'Mine.' })
    expect(read.date?.toISOString()).toBe('2021-11-02T08:26:50.000Z')
  })

  test('of nested forwards the outermost original counts', () => {
    const inner = block.replace('Eva Novak <eva@acme.example>', 'Kim <kim@acme.example>')
    const read = found(
      `---------- Forwarded message ---------\n${block}\n\nSee below\n\n---------- Forwarded message ---------\n${inner}\n\n${body}`,
    )
    expect(read.originalFrom.key).toBe('eva@acme.example')
    expect(read.facts.nested).toBe(1)
    expect(read.text).toContain(body)
  })

  test('a forward inside the quote of a reply is not forwarded now', () => {
    const text = `Thanks.\n\nOn Thu, Nov 4, 2021 at 9:00 AM Bo <bo@xyz.example> wrote:\n> ---------- Forwarded message ---------\n${block.replaceAll(/^/gm, '> ')}\n>\n> Hello`
    expect(forward(text, 'XYZ Lead 11111').kind).toBe('none')
    expect(forward(text, 'Fwd: Drawings').kind).toBe('none')
  })
})

describe('authors who are not plainly one mailbox', () => {
  const rest = 'Date: Wed, 3 Nov 2021 15:51:30 +0100\nSubject: Drawings\nTo: Anna <anna@xyz.example>'
  test.each([
    ['no address', 'Eva Novak'],
    ['two authors', 'Eva <eva@acme.example>, Kim <kim@acme.example>'],
    ['two with semicolons', 'Eva <eva@acme.example>; Kim <kim@acme.example>'],
    ['on behalf', 'Secretary <s@acme.example> on behalf of Eva <eva@acme.example>'],
    ['on behalf, without a second address', 'lists@acme.example [mailto:lists@acme.example] On Behalf Of Eva Novak'],
    ['a name that is an address', '"anna@xyz.example" <eva@acme.example>, <x@evil.example>'],
    ['a source route', '<@relay.example:eva@acme.example>'],
    ['a quoted local part', '"eva novak"@acme.example'],
  ])('%s: nobody is named', (_, from) => {
    const read = found(`---------- Forwarded message ---------\nFrom: ${from}\n${rest}\n\n${body}`)
    expect(read.originalFrom.key).toBeNull()
  })

  test.each([
    'Eva Novak <eva@acme.example>',
    'eva@acme.example',
    '<eva@acme.example>',
    '"Novak, Eva" <eva@acme.example>',
    'Novak, Eva <eva@acme.example>',
    "'Eva Novak' <eva@acme.example>",
    'Eva Novak [mailto:eva@acme.example]',
    'Eva Novak <eva@acme.example<mailto:eva@acme.example>>',
    'Eva Novak <eva@acme.example> [mailto:eva@acme.example]',
    'Eva Novak <[eva@acme.example](mailto:eva@acme.example)>',
    'Eva Novak (eva@acme.example)',
    '\u202aEva Novak\u202c <\u202aeva@acme.example\u202c>',
    'EVA@ACME.EXAMPLE',
  ])('%s is Eva', (from) => {
    expect(found(`---------- Forwarded message ---------\nFrom: ${from}\n${rest}\n\n${body}`).originalFrom.key).toBe('eva@acme.example')
  })
})

describe('forwards that are HTML alone', () => {
  test.each([
    [
      'Gmail',
      '<div dir="ltr">For lead 11111<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong class="gmail_sendername" dir="auto">Eva Novak</strong> <span dir="auto">&lt;<a href="mailto:eva@acme.example">eva@acme.example</a>&gt;</span><br>Date: Wed, Oct 27, 2021 at 3:14 PM<br>Subject: Drawings<br>To:  &lt;<a href="mailto:anna@xyz.example">anna@xyz.example</a>&gt;<br></div><br><br>Hello Anna,<br>please send us the drawings.</div></div>',
    ],
    [
      'Outlook',
      '<p class="MsoNormal">For lead 11111<o:p></o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>Von:</b> Eva Novak &lt;eva@acme.example&gt; <br><b>Gesendet:</b> Mittwoch, 27. Oktober 2021 15:14<br><b>An:</b> Anna Arndt &lt;anna@xyz.example&gt;<br><b>Betreff:</b> Drawings<o:p></o:p></p></div><p class="MsoNormal">Hello Anna,<br>please send us the drawings.</p>',
    ],
    [
      'Apple Mail',
      '<body>For lead 11111<br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br><div style="margin:0"><span><b>From: </b></span><span>Eva Novak &lt;<a href="mailto:eva@acme.example">eva@acme.example</a>&gt;<br></span></div><div><span><b>Subject: </b></span><span><b>Drawings</b><br></span></div><div><span><b>Date: </b></span><span>27 October 2021 at 15:14:00 UTC<br></span></div><div><span><b>To: </b></span><span><a href="mailto:anna@xyz.example">anna@xyz.example</a><br></span></div><br><div>Hello Anna,<br>please send us the drawings.</div></blockquote></div></body>',
    ],
    [
      'Outlook, right to left',
      '<div dir="rtl"><p>For lead 11111</p><p><b><span>מאת:</span></b> Eva Novak &lt;eva@acme.example&gt; <br><b>נשלח:</b> יום רביעי 27 אוקטובר 2021 15:14<br><b>אל:</b> Anna Arndt &lt;anna@xyz.example&gt;<br><b>נושא:</b> Drawings</p><p>Hello Anna,<br>please send us the drawings.</p></div>',
    ],
  ])('%s', async (_, html) => {
    const scratch = mkdtempSync(path.join(tmpdir(), 'leadpost-forward-'))
    try {
      const header = contentFields(Buffer.from('Content-Type: text/html; charset=utf-8\r\n'))
      const { text } = await readBody(header, { kind: 'memory', bytes: Buffer.from(`\r\n${html}`) }, scratch)
      const read = found(text)
      expect(read.originalFrom).toEqual({ address: 'eva@acme.example', name: 'Eva Novak', key: 'eva@acme.example' })
      expect(keys(read.to)).toEqual(['anna@xyz.example'])
      expect(read.subject).toBe('Drawings')
      expect(read.date?.toISOString()).toBe('2021-10-27T15:14:00.000Z')
      expect(read.ownText).toBe('For lead 11111')
      expect(read.text).toMatch(/^Hello Anna,\nplease send us the drawings\.$/)
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  })
})

describe.skipIf(corpusIsAbsent)('the corpus', () => {
  const judged = judgeForwards()
  test('of the forwards of four clients in 23 languages at least 95 in 100 have the right author', () => {
    const real = judged.filter((one) => one.isForward)
    expect(real.length).toBeGreaterThan(150)
    expect(real.filter((one) => !one.right).map((one) => one.file)).toEqual([])
    expect(real.filter((one) => !one.complete).map((one) => one.file)).toEqual([])
  })

  test('of what is no forward nothing is substituted', () => {
    const none = judged.filter((one) => !one.isForward)
    expect(none.length).toBeGreaterThanOrEqual(7)
    expect(none.filter((one) => one.substituted)).toEqual([])
  })

  test('of replies none is a forward, whatever the subject says but that it is one', () => {
    const replies = corpusFiles('discourse__email_reply_trimmer/test/emails').filter((file) => !file.includes('forwarded_'))
    const wrong = replies.filter((file) => forward(corpusText(file), 'Re: x').kind === 'forward')
    expect(wrong).toEqual([])
  })

  test('mutated forwards never throw or hang', () => {
    const texts = corpusFiles('crisp-oss__email-forward-parser/test/fixtures').map(corpusText)
    const cut = fc.record({
      text: fc.constantFrom(...texts),
      from: fc.nat(1_000),
      length: fc.nat(200),
      put: fc.string({ unit: 'grapheme', maxLength: 20 }),
      times: fc.nat(30),
    })
    fc.assert(
      fc.property(cut, ({ text, from, length, put, times }) => {
        const mutant = text.slice(0, from) + put.repeat(times) + text.slice(from + length)
        expect(cpuMilliseconds(() => void forward(mutant))).toBeLessThan(2_000)
      }),
      { numRuns: 1_500 },
    )
  })
})

describe('hostile texts', () => {
  test.each([
    ['spaces', ' '],
    ['brackets', 'a <'],
    ['attributions of old', 'On a <'],
    ['dashes', '---------- '],
    ['quotes', '"'],
    ['Finnish', 'a<] kirjoitti\n'],
    ['labels', 'From: a@b.example\nTo: c@d.example,\n'],
    ['blocks', '--- Forwarded message ---\nFrom: a@b.example\n\n'],
  ])('a megabyte of %s is read in bounded time', (_, unit) => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length))
    expect(cpuMilliseconds(() => void forward(text))).toBeLessThan(2_000)
  })
})
