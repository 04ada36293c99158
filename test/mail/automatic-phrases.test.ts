/** Machines that say nothing in their header, told by their words; and people who use the same words. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { automaticByPhrases, type PhraseQuestion } from '../../src/mail/automatic-phrases.ts'
import type { MessageIdKey } from '../../src/mail/message-id.ts'
import { corpusFiles, corpusIsAbsent, corpusText } from '../support/corpus-files.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'
import { answerFiles, automaticKindOf, bounceFiles, ordinaryFiles } from '../support/understanding.ts'

function kind(subject: string, newestText: string, more: Partial<PhraseQuestion> = {}): string | null {
  return automaticByPhrases({ subject, newestText, authorLocalPart: 'eva', reversePath: 'eva@acme.example', references: [], ...more })
}
const answering = { references: ['<1@xyz.example>' as MessageIdKey] }

/** Subject of an answering machine, and a text that says it without the subject. */
const answers: readonly (readonly [language: string, subject: string, text: string])[] = [
  [
    'English',
    'Automatic reply: Offer',
    'Thank you for your message. I am currently out of the office with limited access to e-mail. For urgent matters please contact Kim.',
  ],
  [
    'German',
    'Automatische Antwort: Angebot',
    'Vielen Dank für Ihre Nachricht. Ich bin bis zum 5. Mai nicht im Büro. In dringenden Fällen wenden Sie sich bitte an Kim.',
  ],
  [
    'Polish',
    'Odpowiedź automatyczna: Oferta',
    'Dziękuję za wiadomość. Jestem na urlopie do 5 maja. W pilnych sprawach proszę o kontakt z Kim.',
  ],
  ['Swedish', 'Autosvar: Offert', 'Tack för ditt mail. Jag är på semester till den 5 maj. Vid brådskande ärenden, vänligen kontakta Kim.'],
  ['Danish', 'Automatisk svar: Tilbud', 'Tak for din mail. Jeg er på ferie til den 5. maj. Hvis det haster, kontakt venligst Kim.'],
  ['Norwegian', 'Automatisk svar: Tilbud', 'Takk for din e-post. Jeg er ikke på kontoret før 5. mai. Haster det, ta kontakt med Kim.'],
  ['Hebrew', 'תשובה אוטומטית: הצעה', 'תודה על פנייתך. אני בחופשה עד 5 במאי. במקרים דחופים ניתן לפנות לקים.'],
  [
    'French',
    'Réponse automatique : Offre',
    "Merci pour votre message. Je suis absente du bureau jusqu'au 5 mai. En cas d'urgence, veuillez contacter Kim.",
  ],
  [
    'Spanish',
    'Respuesta automática: Oferta',
    'Gracias por su mensaje. Estaré de vacaciones hasta el 5 de mayo. En caso de urgencia, por favor contacte con Kim.',
  ],
  [
    'Italian',
    'Risposta automatica: Offerta',
    'Grazie per il messaggio. Sono fuori ufficio fino al 5 maggio. Per urgenze si prega di contattare Kim.',
  ],
  [
    'Dutch',
    'Automatisch antwoord: Offerte',
    'Bedankt voor uw bericht. Ik ben tot 5 mei afwezig. Neem voor dringende zaken contact op met Kim.',
  ],
  [
    'Portuguese',
    'Resposta automática: Oferta',
    'Obrigada pela sua mensagem. Estou de férias até 5 de maio. Em caso de urgência, por favor contacte Kim.',
  ],
  ['Czech', 'Automatická odpověď: Nabídka', 'Děkuji za zprávu. Do 5. května jsem na dovolené. V naléhavých případech kontaktujte Kim.'],
  ['Slovak', 'Automatická odpoveď: Ponuka', 'Ďakujem za správu. Do 5. mája som na dovolenke. V súrnych prípadoch kontaktujte Kim.'],
  ['Finnish', 'Automaattinen vastaus: Tarjous', 'Kiitos viestistäsi. Olen lomalla 5.5. asti. Kiireellisissä asioissa ota yhteyttä Kimiin.'],
  ['Hungarian', 'Automatikus válasz: Ajánlat', 'Köszönöm levelét. Május 5-ig szabadságon vagyok. Sürgős esetben kérem, forduljon Kimhez.'],
  ['Romanian', 'Răspuns automat: Ofertă', 'Mulțumesc pentru mesaj. Sunt în concediu până pe 5 mai. Pentru urgențe vă rog contactați Kim.'],
  [
    'Russian',
    'Автоматический ответ: Предложение',
    'Спасибо за письмо. Я нахожусь в отпуске до 5 мая. По срочным вопросам обращайтесь к Ким.',
  ],
  [
    'Ukrainian',
    'Автоматична відповідь: Пропозиція',
    'Дякую за лист. Я перебуваю у відпустці до 5 травня. З термінових питань звертайтесь до Кім.',
  ],
  [
    'Turkish',
    'Otomatik yanıt: Teklif',
    'Mesajınız için teşekkür ederim. 5 Mayıs’a kadar yıllık izindeyim, ofis dışındayım. Acil durumlarda Kim ile iletişime geçebilirsiniz.',
  ],
  [
    'Latvian',
    'Automātiska atbilde: Piedāvājums',
    'Paldies par vēstuli. Esmu atvaļinājumā līdz 5. maijam. Steidzamos gadījumos lūdzu, sazinieties ar Kim.',
  ],
  [
    'Greek',
    'Αυτόματη απάντηση: Προσφορά',
    'Ευχαριστώ για το μήνυμα. Είμαι εκτός γραφείου έως 5 Μαΐου. Για επείγοντα επικοινωνήστε με τον Κιμ.',
  ],
  ['Arabic', 'رد تلقائي: عرض', 'شكرا لرسالتك. أنا خارج المكتب حتى 5 مايو. للحالات العاجلة يرجى التواصل مع كيم.'],
  ['Chinese', '自动答复: 报价', '感谢您的来信。我正在休假，5月5日返回后回复您。如有紧急事宜请联系Kim。'],
  [
    'Japanese',
    '自動応答: 見積',
    'メールをいただきありがとうございます。5月5日まで不在にしております。お急ぎの場合はKimまでご連絡ください。',
  ],
  ['Korean', '자동 회신: 견적', '메일 감사합니다. 5월 5일까지 휴가 중입니다. 긴급한 경우 Kim에게 연락 주시기 바랍니다.'],
]

describe('an answering machine', () => {
  test.each(answers)('%s: by its subject', (_, subject) => {
    expect(kind(subject, 'x')).toBe('automaticReply')
    expect(kind(`[EXTERNAL] ${subject}`, '')).toBe('automaticReply')
  })

  test.each(answers)('%s: by its text, where it answers a mail', (_, _subject, text) => {
    expect(kind('Re: XYZ Lead 11111', text)).toBe('automaticReply')
    expect(kind('XYZ Lead 11111', text, answering)).toBe('automaticReply')
    expect(kind('XYZ Lead 11111', text)).toBeNull()
  })

  test.each(answers)('%s: forwarded or answered it is a person’s mail', (_, subject) => {
    expect(kind(`Fwd: ${subject}`, 'Look at this')).toBeNull()
    expect(kind(`Re: ${subject}`, 'Then we call Kim')).toBeNull()
  })

  test.each(['Out of office', 'Out of the office until 5 May', 'Abwesend bis 5. Mai: nicht im Büro', 'Away until May 5: I am on vacation'])(
    'a subject that tells of an absence, %s, counts together with a text that does',
    (subject) => {
      expect(kind(subject, 'I am out of the office until 5 May.')).toBe('automaticReply')
      expect(kind(subject, 'Here is the plan of who is there when.')).toBeNull()
    },
  )
})

describe('a mail server', () => {
  test.each([
    'Undelivered Mail Returned to Sender',
    'Mail delivery failed: returning message to sender',
    'Delivery Status Notification (Failure)',
    'Returned mail: see transcript for details',
    'Unzustellbar: Angebot',
    'Niedostarczone: Oferta',
    'Det går inte att leverera: Offert',
    'Kan ikke leveres: Tilbud',
    'לא ניתן למסור: הצעה',
    'Non remis : Offre',
    'No se puede entregar: Oferta',
    'Non recapitabile: Offerta',
    'Onbestelbaar: Offerte',
    'Não é possível entregar: Oferta',
    'Nedoručitelné: Nabídka',
    'Toimitus epäonnistui: Tarjous',
    'Kézbesíthetetlen: Ajánlat',
    'Недоставленное сообщение',
    'Teslim edilemedi: Teklif',
    '无法投递: 报价',
    '配信不能: 見積',
    '배달되지 않음: 견적',
  ])('says %s', (subject) => {
    expect(kind(subject, 'x', { authorLocalPart: 'postmaster' })).toBe('bounce')
    expect(kind(subject, 'x', { reversePath: '' })).toBe('bounce')
    expect(kind(subject, 'see below', { authorLocalPart: 'eva' })).toBeNull()
  })

  test('quotes the lead’s subject; then its text must say it', () => {
    const from = { authorLocalPart: 'MAILER-DAEMON' }
    expect(kind('Re: XYZ Lead 11111', '550 5.1.1 user unknown', from)).toBe('bounce')
    expect(kind('Re: XYZ Lead 11111', 'Ihre Nachricht konnte nicht zugestellt werden.', from)).toBe('bounce')
    expect(kind('Re: XYZ Lead 11111', 'I am the postmaster here, and yes, we buy.', { authorLocalPart: 'postmaster' })).toBeNull()
  })

  test('reports through a notification service', () => {
    const from = { authorLocalPart: 'no-reply' }
    expect(kind('AWS Notification Message', '{"notificationType":"Bounce","bounce":{}}', from)).toBe('bounce')
    expect(kind('AWS Notification Message', '{ "Message" : "{\\"notificationType\\":\\"Complaint\\"}"}', from)).toBe('feedbackReport')
  })
})

describe('a read receipt', () => {
  test.each([
    ['Read: XYZ Lead 11111', 'Your message\n\nTo: Eva\nSubject: XYZ Lead 11111\n\nwas read on Monday.'],
    ['Gelesen: Angebot', 'Ihre Nachricht an Eva wurde am Montag gelesen.'],
    ['Przeczytano: Oferta', 'Twoja wiadomość do Ewy została przeczytana w poniedziałek.'],
    ['Lu : Offre', 'Votre message à Eva a été lu lundi.'],
    ['Leído: Oferta', 'Su mensaje a Eva fue leído el lunes.'],
    ['Letto: Offerta', 'Il tuo messaggio a Eva è stato letto lunedì.'],
    ['Gelezen: Offerte', 'Uw bericht aan Eva is maandag gelezen.'],
  ])('%s', (subject, text) => {
    expect(kind(subject, text)).toBe('readReceipt')
    expect(kind(subject, 'This article is worth it.')).toBeNull()
  })
})

describe('people', () => {
  test.each([
    ['Re: XYZ Lead 11111', 'I will be out of the office next week, so let us sign on Friday.'],
    ['Re: XYZ Lead 11111', 'I am travelling on Monday. Could we meet on Tuesday at your office?'],
    ['Re: Angebot', 'Ich bin ab Montag im Urlaub, bitte senden Sie die Zeichnungen vorher.'],
    ['Plans for May', 'I am on vacation in May, so June suits me better.'],
    ['Holiday season: XYZ Lead 11111', 'Dear Eva, before the holidays we have to order.'],
    ['Out of office rooms', 'We need two rooms.'],
    ['Automatic response system: our offer for the machine', 'Dear Eva, here is our offer.'],
    ['Automatic doors for lead 11111', 'Please quote.'],
    ['Undeliverable goods: XYZ Lead 11111', 'The pallets came back.'],
    ['Returned mail', 'The letter came back, which address is right?'],
    ['Read: the new price list', 'See the attachment.'],
    ['Delivery failed', 'Your driver did not come.'],
  ])('%s: %s', (subject, text) => {
    expect(kind(subject, text, answering)).toBeNull()
  })

  test('a long letter that mentions an absence is a letter', () => {
    const [, , text] = answers[0] ?? ['', '', '']
    expect(kind('Re: XYZ Lead 11111', `${text}\n\n${'About the machine: it runs. '.repeat(120)}`)).toBeNull()
  })
})

describe.skipIf(corpusIsAbsent)('the corpus, by header and phrases', () => {
  test('of bounces and complaints at least 98 in 100 are told', { timeout: 120_000 }, async () => {
    const files = bounceFiles()
    const missed: string[] = []
    for (const file of files) {
      const found = await automaticKindOf(file)
      if (found !== 'bounce' && found !== 'feedbackReport') missed.push(file)
    }
    expect(files.length).toBeGreaterThan(600)
    expect(missed.length).toBeLessThanOrEqual(0.02 * files.length)
  })

  test('of automatic replies at least 90 in 100 are told', async () => {
    const kinds = await Promise.all(answerFiles().map(automaticKindOf))
    expect(kinds.filter((found) => found !== null).length).toBeGreaterThanOrEqual(0.9 * kinds.length)
  })

  test('of ordinary mail at most 5 in 1,000 are called automatic', { timeout: 120_000 }, async () => {
    const wrong: string[] = []
    const files = ordinaryFiles()
    for (const file of files) {
      const found = await automaticKindOf(file)
      if (found !== null && found !== 'mailingList') wrong.push(file)
    }
    expect(files.length).toBeGreaterThan(400)
    expect(wrong.length).toBeLessThanOrEqual(0.005 * files.length)
  })

  test('replies by people are never called automatic', () => {
    const wrong = corpusFiles('discourse__email_reply_trimmer/test/emails').filter(
      (file) => kind('Re: x', corpusText(file), answering) !== null,
    )
    expect(wrong).toEqual([])
  })
})

describe('hostile texts', () => {
  test.each([
    'i am ',
    'am ',
    'bin ich ',
    'sunt я estou ',
    'para asuntos ',
    'your message ',
    'automatic ',
    'a',
    ' ',
    '\u200f',
    '{"notificationType',
  ])('%j, often, costs little', (unit) => {
    const text = unit.repeat(200_000)
    expect(cpuMilliseconds(() => void kind(text, text, { authorLocalPart: text, reversePath: '' }))).toBeLessThan(500)
  })

  test('nothing throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (subject, text) => void kind(subject, text, answering)),
      { numRuns: 500 },
    )
  })
})
