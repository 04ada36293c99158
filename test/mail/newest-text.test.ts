/** What a reply newly says, in the clients' languages and shapes; and that nothing a person wrote is lost. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readNewestText } from '../../src/mail/newest-text.ts'
import { corpusIsAbsent } from '../support/corpus-files.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'
import { judgeReplies } from '../support/understanding.ts'

const words = 'That suits us well.\n\nEva'
const quote = '> Would Monday at ten suit you?\n>\n> Anna'

/** Attributions as clients write them; the lines of one are joined by a line break. */
const attributions: readonly (readonly [language: string, attribution: string])[] = [
  ['English, Gmail', 'On Wed, Oct 27, 2021 at 9:31 AM Anna Arndt <anna@xyz.example> wrote:'],
  ['English, wrapped', 'On Wed, Oct 27, 2021 at 9:31 AM Anna Arndt via the Long List Name <\nanna@xyz.example> wrote:'],
  ['English, Apple Mail', 'On 25 Oct 2021, at 11:43, Anna Arndt <anna@xyz.example> wrote:'],
  ['English, Thunderbird', 'On 03/11/2021 15:51, Anna Arndt wrote:'],
  ['English, without a date', 'Anna Arndt <anna@xyz.example> wrote:'],
  ['German', 'Am Mi., 27. Okt. 2021 um 09:31 Uhr schrieb Anna Arndt <anna@xyz.example>:'],
  ['German, Gmail of later', 'Anna Arndt <anna@xyz.example> schrieb am Mi., 27.\nOkt. 2021 um 09:31 Uhr:'],
  ['German, Thunderbird', 'Am 03.11.21 um 15:51 schrieb Anna Arndt:'],
  ['Polish', 'śr., 27 paź 2021 o 09:31 Anna Arndt <anna@xyz.example> napisał(a):'],
  ['Polish, Thunderbird', 'W dniu 03.11.2021 o 15:51, Anna Arndt pisze:'],
  ['Polish, Apple Mail', 'Dnia 25 paź 2021 o godz. 11:43 Anna Arndt <anna@xyz.example> napisał(a):'],
  ['Swedish', 'Den ons 27 okt. 2021 kl 09:31 skrev Anna Arndt <anna@xyz.example>:'],
  ['Hebrew', '\u202bבתאריך יום ד׳, 27 באוק׳ 2021 ב-9:31 מאת ‪Anna Arndt‬‏ <‪anna@xyz.example‬‏>:\u202c'],
  ['French', 'Le mer. 27 oct. 2021 à 09:31, Anna Arndt <anna@xyz.example> a écrit :'],
  ['French, wrapped', 'Le mer. 27 oct. 2021 à 09:31, Anna Arndt\n<anna@xyz.example>\na écrit :'],
  ['Spanish', 'El mié, 27 oct 2021 a las 9:31, Anna Arndt (<anna@xyz.example>) escribió:'],
  ['Italian', 'Il giorno mer 27 ott 2021 alle ore 09:31 Anna Arndt <anna@xyz.example> ha scritto:'],
  ['Dutch', 'Op wo 27 okt. 2021 om 09:31 schreef Anna Arndt <anna@xyz.example>:'],
  ['Dutch, Apple Mail', 'Op 25 okt. 2021 om 11:43 heeft Anna Arndt <anna@xyz.example> het\nvolgende geschreven:'],
  ['Portuguese', 'Em qua., 27 de out. de 2021 às 09:31, Anna Arndt <anna@xyz.example> escreveu:'],
  ['Danish', 'Den ons. 27. okt. 2021 kl. 09.31 skrev Anna Arndt <anna@xyz.example>:'],
  ['Norwegian', 'ons. 27. okt. 2021 kl. 09:31 skrev Anna Arndt <anna@xyz.example>:'],
  ['Czech', 'st 27. 10. 2021 v 9:31 odesílatel Anna Arndt <anna@xyz.example> napsal:'],
  ['Slovak', 'st 27. 10. 2021 o 9:31 Anna Arndt <anna@xyz.example> napísal(a):'],
  ['Finnish', 'ke 27. lokak. 2021 klo 9.31 Anna Arndt (anna@xyz.example) kirjoitti:'],
  ['Hungarian', 'Anna Arndt <anna@xyz.example> ezt írta (időpont: 2021. okt. 27., Sze, 9:31):'],
  ['Romanian', 'mie., 27 oct. 2021 la 09:31, Anna Arndt <anna@xyz.example> a scris:'],
  ['Russian', 'ср, 27 окт. 2021 г. в 09:31, Anna Arndt <anna@xyz.example>:'],
  ['Ukrainian', 'ср, 27 жовт. 2021 р. о 09:31 Anna Arndt <anna@xyz.example> пише:'],
  ['Turkish', 'Anna Arndt <anna@xyz.example>, 27 Eki 2021 Çar, 09:31 tarihinde şunu yazdı:'],
  ['Chinese', '在 2021年10月27日，下午8:45，Anna Arndt <anna@xyz.example> 写道：'],
  ['Japanese', '2021年10月27日(水) 9:31 Anna Arndt <anna@xyz.example>:'],
  ['Korean', '2021년 10월 27일 (수) 오전 9:31, Anna Arndt <anna@xyz.example>님이 작성:'],
]

const headerBlocks: readonly (readonly [language: string, block: string])[] = [
  ['English', 'From: Anna Arndt <anna@xyz.example>\nSent: Wednesday, October 27, 2021 15:14\nTo: Eva <eva@acme.example>\nSubject: Offer'],
  [
    'German',
    'Von: Anna Arndt <anna@xyz.example>\nGesendet: Mittwoch, 27. Oktober 2021 15:14\nAn: Eva <eva@acme.example>\nBetreff: Angebot',
  ],
  ['Polish', 'Od: Anna Arndt <anna@xyz.example>\nWysłano: środa, 27 października 2021 15:14\nDo: Eva <eva@acme.example>\nTemat: Oferta'],
  ['Swedish', 'Från: Anna Arndt <anna@xyz.example>\nSkickat: den 27 oktober 2021 15:14\nTill: Eva <eva@acme.example>\nÄmne: Offert'],
  [
    'Hebrew',
    '\u200fמאת: Anna Arndt <anna@xyz.example>\n\u200fנשלח: יום רביעי 27 אוקטובר 2021 15:14\n\u200fאל: Eva <eva@acme.example>\n\u200fנושא: הצעה',
  ],
  ['French', 'De : Anna Arndt <anna@xyz.example>\nEnvoyé : mercredi 27 octobre 2021 15:14\nÀ : Eva <eva@acme.example>\nObjet : Offre'],
  [
    'Spanish',
    'De: Anna Arndt <anna@xyz.example>\nEnviado el: miércoles, 27 de octubre de 2021 15:14\nPara: Eva <eva@acme.example>\nAsunto: Oferta',
  ],
  ['Italian', 'Da: Anna Arndt <anna@xyz.example>\nInviato: mercoledì 27 ottobre 2021 15:14\nA: Eva <eva@acme.example>\nOggetto: Offerta'],
  [
    'Dutch',
    'Van: Anna Arndt <anna@xyz.example>\nVerzonden: woensdag 27 oktober 2021 15:14\nAan: Eva <eva@acme.example>\nOnderwerp: Offerte',
  ],
  [
    'Portuguese',
    'De: Anna Arndt <anna@xyz.example>\nEnviada em: quarta-feira, 27 de outubro de 2021 15:14\nPara: Eva <eva@acme.example>\nAssunto: Oferta',
  ],
  ['Danish', 'Fra: Anna Arndt <anna@xyz.example>\nSendt: 27. oktober 2021 15:14\nTil: Eva <eva@acme.example>\nEmne: Tilbud'],
  ['Czech', 'Od: Anna Arndt <anna@xyz.example>\nOdesláno: středa 27. října 2021 15:14\nKomu: Eva <eva@acme.example>\nPředmět: Nabídka'],
  [
    'Finnish',
    'Lähettäjä: Anna Arndt <anna@xyz.example>\nLähetetty: keskiviikko 27. lokakuuta 2021 15.14\nVastaanottaja: Eva <eva@acme.example>\nAihe: Tarjous',
  ],
  ['Russian', 'От: Anna Arndt <anna@xyz.example>\nОтправлено: 27 октября 2021 г. 15:14\nКому: Eva <eva@acme.example>\nТема: Предложение'],
  ['Turkish', 'Kimden: Anna Arndt <anna@xyz.example>\nGönderildi: 27 Ekim 2021 Çarşamba 15:14\nKime: Eva <eva@acme.example>\nKonu: Teklif'],
  ['Chinese', '发件人: Anna Arndt <anna@xyz.example>\n发送时间: 2021年10月27日 15:14\n收件人: Eva <eva@acme.example>\n主题: 报价'],
]

const separators = [
  '-----Original Message-----',
  '-----Ursprüngliche Nachricht-----',
  '-----Oryginalna wiadomość-----',
  '-----Ursprungligt meddelande-----',
  '-----הודעה מקורית-----',
  '-----Message d’origine-----',
  '-----Mensaje original-----',
  '-----Messaggio originale-----',
  '-----Oorspronkelijk bericht-----',
  '-----Mensagem original-----',
  '-----Oprindelig meddelelse-----',
  '-----Původní zpráva-----',
  '-----Исходное сообщение-----',
  '________________________________',
]

const appLines = [
  'Sent from my iPhone',
  'Get Outlook for iOS<https://aka.ms/o0ukef>',
  'Von meinem iPhone gesendet',
  'Gesendet mit der GMX Mail App',
  'Wysłane z mojego iPhone’a',
  'Wysłano z telefonu Samsung',
  'Skickat från min iPhone',
  'נשלח מה-iPhone שלי',
  'Envoyé de mon iPhone',
  'Enviado desde mi iPhone',
  'Enviado do meu iPhone',
  'Inviato da iPhone',
  'Verzonden vanaf mijn iPhone',
  'Sendt fra min iPhone',
  'Odesláno z iPhonu',
  'Lähetetty iPhonesta',
  'Отправлено с iPhone',
  'iPhone’umdan gönderildi',
  '发自我的iPhone',
  'iPhoneから送信',
  '나의 iPhone에서 보냄',
]

describe('a reply above a quote', () => {
  test.each(attributions)('%s: the attribution and the marked quote are not newly written', (_, attribution) => {
    const read = readNewestText(`${words}\n\n${attribution}\n\n${quote}\n`)
    expect(read.newestText).toBe(words)
    expect(read.quotedText).toContain('Would Monday at ten suit you?')
    expect(read.quotedText).toContain(attribution)
  })

  test.each(headerBlocks)('%s: a header block and all below it are not newly written', (_, block) => {
    const read = readNewestText(`${words}\n\n${block}\n\nWould Monday at ten suit you?\n`)
    expect(read).toEqual({ newestText: words, quotedText: `${block}\n\nWould Monday at ten suit you?`, signature: null })
  })

  test.each(headerBlocks)('%s: a header block in bold letters is one as well', (_, block) => {
    const bold = block.replaceAll(/^([^:\n]+:)/gm, '*$1*')
    expect(readNewestText(`${words}\n\n${bold}\n\nWould Monday at ten suit you?`).newestText).toBe(words)
  })

  test.each(separators)('%s opens a quote', (separator) => {
    const block = headerBlocks[0]?.[1] ?? ''
    expect(readNewestText(`${words}\n\n${separator}\n${block}\n\nWould Monday at ten suit you?`).newestText).toBe(words)
  })

  test('a quote without marks below an attribution is one', () => {
    const text = `${words}\n\nOn 27 Oct 2021, at 15:14, Anna Arndt <anna@xyz.example> wrote:\n\nWould Monday at ten suit you?`
    expect(readNewestText(text).newestText).toBe(words)
  })

  test('an attribution with a mark above a quote without marks heads it', () => {
    const text = `${words}\n\n> Il 26 marzo 2016 alle 13.16 Anna <anna@xyz.example> ha scritto:\n>\n>\n\nWould Monday at ten suit you?`
    expect(readNewestText(text).newestText).toBe(words)
  })

  test.each(['=)', '👍', '+1', '?'])('%s is an answer', (answer) => {
    expect(readNewestText(`${answer}\n\nOn 27 Oct 2021, Anna Arndt wrote:\n${quote}`).newestText).toBe(answer)
  })

  test('a line of the author’s that a mail folder has marked is his', () => {
    const text = `Fine.\n\n>From my side Monday suits.`
    expect(readNewestText(text)).toEqual({ newestText: text, quotedText: '', signature: null })
  })

  test('a signature below the quote is a signature', () => {
    const read = readNewestText(`${words}\n\n${quote}\n\n-- \nEva Novak\nAcme`)
    expect(read).toEqual({ newestText: words, quotedText: quote, signature: '-- \nEva Novak\nAcme' })
  })
})

describe('answers elsewhere', () => {
  test('below the quote: the answer alone is new', () => {
    const read = readNewestText(`On 27 Oct 2021, Anna Arndt <anna@xyz.example> wrote:\n${quote}\n\n${words}`)
    expect(read.newestText).toBe(words)
  })

  test('between the quoted lines: they stay with the quote that they answer', () => {
    const text = 'Hello Anna,\n\nOn 27 Oct 2021, Anna Arndt <anna@xyz.example> wrote:\n> Monday?\n\nYes.\n\n> At ten?\n\nEleven.\n\n> Anna'
    expect(readNewestText(text).newestText).toBe('Hello Anna,\n\n> Monday?\n\nYes.\n\n> At ten?\n\nEleven.')
  })

  test('a quote that nothing announces stays, for nobody knows whose it is', () => {
    expect(readNewestText(`${quote}\n\n${words}`).newestText).toBe(`${quote}\n\n${words}`)
  })

  test('what stands below a marked quote is new', () => {
    const read = readNewestText(`Short: yes.\n\nOn 27 Oct 2021, Anna Arndt wrote:\n${quote}\n\nAnd please send the drawings.`)
    expect(read.newestText).toContain('Short: yes.')
    expect(read.newestText).toContain('And please send the drawings.')
  })

  test('where nothing was newly written the quote is what the mail says', () => {
    expect(readNewestText(quote).newestText).toBe(quote)
    expect(readNewestText(`On 27 Oct 2021, Anna Arndt wrote:\n${quote}`).newestText).toBe(quote)
  })
})

describe('ordinary sentences are no openings', () => {
  test.each([
    'On Monday we wrote:\nnothing at all, as you know.',
    'We need from you:\n\nFrom: the price list\n\nThanks',
    'Options:\n\n1. To: Berlin\n2. To: Warsaw\n\nWhich one?',
    'The meeting is at 10:30:\nbring the drawings.',
    'Agenda\n------\n\n1. Price\n2. Date\n\nSee you there',
    'Part one\n\n------\n\nPart two, which is long enough to be a paragraph of its own and no footer at all, whatever stands above it.\n\nPart three.',
    'Sent from the warehouse yesterday, arrived today.',
    'He wrote: yes',
    'See what I sent:\n\nOriginal message:\n\nThe price stays.',
    'Forwarded message:\n\nwas the subject of the course.',
    'Date: 1 May\nPlace: Berlin\n\nSee you',
  ])('%j stays whole', (text) => {
    expect(readNewestText(text)).toEqual({ newestText: text, quotedText: '', signature: null })
  })
})

describe('signatures', () => {
  test.each(appLines)('%s was added by a machine', (line) => {
    expect(readNewestText(`${words}\n\n${line}`)).toEqual({ newestText: words, quotedText: '', signature: line })
  })

  test.each(['-- ', '--'])('%j is the delimiter of RFC 3676', (delimiter) => {
    const read = readNewestText(`${words}\n${delimiter}\nEva Novak\n+420 123 456`)
    expect(read).toEqual({ newestText: words, quotedText: '', signature: `${delimiter}\nEva Novak\n+420 123 456` })
  })

  test('two dashes above a long text are a line that somebody drew', () => {
    const long = `Part one\n\n--\n\n${'Another paragraph.\n'.repeat(30)}`.trimEnd()
    expect(readNewestText(long)).toEqual({ newestText: long, quotedText: '', signature: null })
  })

  test('a closing phrase is text', () => {
    expect(readNewestText('Fine.\n\nBest regards,\nEva Novak').newestText).toBe('Fine.\n\nBest regards,\nEva Novak')
  })
})

describe.skipIf(corpusIsAbsent)('the corpus', () => {
  test('of the replies of Discourse at least 85 in 100 are read as expected', () => {
    const judged = judgeReplies()
    const missed = judged.filter((one) => !one.right).map((one) => one.file)
    expect(judged.length).toBeGreaterThan(60)
    // Three are known: text below a quote that we keep on purpose, a quote marked by a letter, a line of signature like any other.
    expect(missed).toEqual(['embedded_email_1.txt', 'embedded_email_7.txt', 'signatures.txt'])
    expect(judged.length - missed.length).toBeGreaterThanOrEqual(0.85 * judged.length)
  })
})

/** Pieces of which mails are made, put together at random. */
const piece = fc.oneof(
  fc.constantFrom(
    ...attributions.map(([, attribution]) => attribution),
    ...headerBlocks.map(([, block]) => block),
    ...separators,
    ...appLines,
  ),
  fc.constantFrom(quote, words, '-- ', '--', '>', '> ', '|', 'From:', 'To:', 'Eva> yes', '', '\t', '\u200f', '>:', '____'),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)
const mail = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('\n'))

describe('laws', () => {
  test('every line that says something stands in exactly one of the three parts', () => {
    fc.assert(
      fc.property(mail, (text) => {
        const { newestText, quotedText, signature } = readNewestText(text)
        const lines = (part: string): string[] => part.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '')
        expect([newestText, quotedText, signature ?? ''].flatMap(lines).toSorted()).toEqual(lines(text).toSorted())
      }),
      { numRuns: 2_000 },
    )
  })

  test('a text that says something is never read as new text of nothing, but for a signature alone', () => {
    fc.assert(
      fc.property(mail, (text) => {
        const { newestText, signature } = readNewestText(text)
        expect(newestText !== '' || signature !== null || text.trim() === '').toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('line ends make no difference', () => {
    fc.assert(
      fc.property(mail, (text) => {
        const unix = text.replaceAll(/\r\n?/g, '\n')
        expect(readNewestText(unix.replaceAll('\n', '\r\n'))).toEqual(readNewestText(unix))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['quote marks', '>\n'],
    ['colons', '1:\n'],
    ['attributions', 'text\nOn 2020-01-01 a@b.example wrote:\n'],
    ['labels', 'From:\nImportance: 1\nPriority: 2\n'],
    ['wrapped recipients', 'To: a,\n'],
    ['separators', '--- Original Message ---\n'],
    ['rules', '_____\nFrom: a\n'],
    ['delimiters', '-- \nx\n'],
    ['app lines', 'Sent from my iPhone\n'],
    ['wrapped marks', 'a@b.example 2020\n>:\n'],
    ['one line of brackets', '<a@'],
    ['spaces', ' '],
  ])('a megabyte of %s is read in time linear in its length', (_, unit) => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length))
    expect(cpuMilliseconds(() => void readNewestText(text))).toBeLessThan(2_000)
  })
})
