/**
 * The header block that mail clients write into the body when they quote or forward ("From: … Sent: … To: … Subject: …"), in the languages of
 * the clients. It reads labels and finds where such a block stands; who uses it decides what the block means.
 */
import { withoutFormat } from './clean-text.ts'

/** What a label stands for; the RFC 5322 §3.6 field that the client translated. */
export type LabelKind = 'from' | 'date' | 'to' | 'cc' | 'bcc' | 'subject' | 'replyTo' | 'other'

/** A block of header lines inside a body. Line numbers are indexes into the array given; `end` is the first line after the block. */
export interface LabelBlock {
  readonly start: number
  readonly end: number
  readonly fields: ReadonlyMap<LabelKind, string>
}

/** Labels are short; a colon further right belongs to prose. */
const labelCharactersMax = 40
/** A block of more lines than this is no header any more (long To fields are folded over many lines). */
const blockLinesMax = 60
/** So many lines that say nothing to us; more are no header (and would make the search for blocks slow). */
const otherLabelsMax = 8
/** A folded value is joined up to this length. */
const valueCharactersMax = 20_000

/**
 * A row a language: From ; Date ; To ; Cc ; Bcc ; Subject ; Reply-To, with other words for the same after `|`. All rows together are looked up, so a
 * block may mix languages (clients do).
 */
const labelRows = [
  'en: From ; Sent|Date|Sent at|Sent on ; To ; Cc|Copy to ; Bcc ; Subject ; Reply-To|Reply To',
  'de: Von|Absender ; Gesendet|Datum|Gesendet am ; An|Empfänger ; Kopie|Kopie an|Kopie (CC) ; Blindkopie|Blindkopie (BCC) ; Betreff ; Antwort an|Antwort-An|Antworten an',
  'pl: Od|Nadawca ; Wysłano|Wysłane|Data|Data wysłania ; Do|Adresat|Odbiorca ; DW|Do wiadomości|Kopia ; UDW ; Temat ; Odpowiedź do|Odpowiedz do|Adres zwrotny',
  'sv: Från|Avsändare ; Skickat|Datum ; Till ; Kopia|Kopia till ; Hemlig kopia|Dold kopia ; Ämne ; Svara till|Svar till',
  'he: מאת ; נשלח|תאריך|בתאריך|נשלח בתאריך ; אל|לכבוד ; עותק|העתק ; עותק מוסתר|עותק סמוי|העתק מוסתר ; נושא|הנדון ; השב אל|השב ל|תשובה ל|מענה ל',
  'fr: De|Expéditeur ; Envoyé|Date|Envoyé le|Date d’envoi ; À|A|Pour|Destinataire ; Copie|Copie à ; Cci ; Objet|Sujet ; Répondre à|Réponse à',
  'es: Remitente|Desde ; Enviado|Fecha|Enviado el|Enviado a las ; Para|Destinatario ; Con copia ; CCO ; Asunto ; Responder a',
  'it: Da|Mittente ; Inviato|Data|Inviato il ; Destinatario ; Copia ; Ccn ; Oggetto ; Rispondi a|Risposta',
  'nl: Van|Afzender ; Verzonden|Datum|Verzonden op ; Aan ; Kopie ; Bcc ; Onderwerp ; Antwoord aan|Antwoorden aan|Beantwoorden',
  'pt: Remetente ; Enviada|Enviado em|Enviada em|Data de envio ; Destinatário ; Com cópia ; Cco ; Assunto ; Responder para|Responder a',
  'da: Fra ; Sendt|Dato ; Til ; Kopi|Kopi til ; Bcc ; Emne ; Svar til|Besvar til',
  'no: Avsender ; Sendt ; Til ; Kopi ; Blindkopi ; Emne ; Svar til',
  'cs: Odesílatel ; Odesláno|Odeslané|Datum ; Komu|Pro|Příjemce ; Kopie ; Skrytá kopie|Skrytá ; Předmět|Věc ; Odpověď komu|Odpovědět komu',
  'sk: Odosielateľ ; Odoslané|Dátum ; Komu|Pre|Príjemca ; Kópia|Kopia ; Skrytá kópia ; Predmet|Vec ; Odpovedať komu|Odpoveď komu',
  'fi: Lähettäjä ; Lähetetty|Päiväys|Päivämäärä|Pvm ; Vastaanottaja|Vastaanottajat|Kenelle ; Kopio ; Piilokopio ; Aihe|Otsikko ; Vastausosoite|Vastaa|Vastaus',
  'hu: Feladó|Küldő ; Elküldve|Dátum|Küldve ; Címzett ; Másolatot kap|Másolat ; Titkos másolat|Rejtett másolat ; Tárgy ; Válaszcím',
  'ro: De la|Expeditor|Expeditorul ; Trimis|Data|Dată|Trimis la ; Către|Catre|Destinatar|Destinatarul ; Copie ; Bcc ; Subiect|Subiectul ; Răspuns către|Răspunde către|Răspundeți la',
  'ru: От|От кого|Отправитель ; Отправлено|Дата|Дата отправки ; Кому|Получатель ; Копия ; Скрытая копия ; Тема ; Обратный адрес|Кому ответить|Ответить',
  'uk: Від|Від кого|Відправник ; Надіслано|Відправлено|Дата ; Кому ; Копія ; Прихована копія ; Тема ; Кому відповісти|Відповісти',
  'tr: Kimden|Gönderen ; Gönderildi|Tarih|Gönderme Tarihi|Gönderilme tarihi ; Kime|Alıcı ; Bilgi ; Gizli ; Konu ; Yanıt adresi|Yanıtla',
  'hr, sr, sl: Šalje|Pošiljatelj|Pošiljalac|Pošiljatelj ; Poslano|Poslato|Datum ; Za|Prima|Primatelj|Prejemnik ; Kopija|Kp ; Skp ; Naslov|Zadeva ; Odgovori na',
  'el: Από ; Στάλθηκε|Ημερομηνία|Εστάλη ; Προς ; Κοιν.|Κοινοποίηση ; Κρυφή κοινοποίηση ; Θέμα ; Απάντηση προς',
  'bg: Подател ; Изпратено|Изпратен ; До|Получател ; Копие|Як ; Скрито копие ; Относно ; Отговор до',
  'et: Saatja|Kellelt ; Saadetud|Kuupäev ; Adressaat|Kellele|Saaja ; Koopia ; Pimekoopia ; Teema ; Vasta',
  'lt: Nuo|Siuntėjas ; Išsiųsta ; Kam|Gavėjas ; Kopija ; Slapta kopija ; Tema ; Atsakyti',
  'lv: No|Sūtītājs ; Nosūtīts|Datums ; Kam|Adresāts ; Kopija ; Diskrētā kopija ; Tēma|Temats ; Atbildēt',
  'ca: De ; Enviat|Data ; A|Per a ; A/c ; Cco ; Assumpte|Tema ; Respon a',
  'is: Frá ; Dagsetning ; Til ; Afrit ; Falið afrit ; Efni ; Svara til',
  'zh: 发件人|發件人|寄件者|寄件人 ; 发送时间|發送時間|日期|寄件日期|时间|時間|傳送時間 ; 收件人|收件者 ; 抄送|副本 ; 密送|密件副本 ; 主题|主題|主旨 ; 回复至|回覆',
  'ja: 差出人|送信者|送信元 ; 送信日時|日付|日時 ; 宛先|宛て先|送信先 ; CC ; BCC ; 件名 ; 返信先',
  'ko: 보낸 사람|보낸사람|발신 ; 보낸 날짜|보낸날짜|날짜 ; 받는 사람|받는사람|수신 ; 참조 ; 숨은 참조|숨은참조 ; 제목 ; 회신 주소',
  'ar: من|المرسل ; تم الإرسال|التاريخ|تاريخ الإرسال|أرسلت|تاريخ ; إلى|الى ; نسخة|نسخة إلى ; نسخة مخفية ; الموضوع ; الرد على|الرد إلى',
  'fa: از|فرستنده ; ارسال شده|تاریخ ; به|گیرنده ; رونوشت ; رونوشت مخفی ; موضوع ; پاسخ به',
  'vi: Từ|Người gửi ; Ngày|Đã gửi|Gửi lúc ; Đến|Tới ; Đồng kính gửi ; Bcc ; Chủ đề|Tiêu đề ; Trả lời',
  'id: Dari ; Tanggal|Terkirim|Dikirim ; Kepada|Ke ; Tembusan ; Bcc ; Subjek|Perihal ; Balas ke',
]

const kinds = ['from', 'date', 'to', 'cc', 'bcc', 'subject', 'replyTo'] as const

/** Lines that stand in such blocks and say nothing that we need. */
const otherLabels =
  'Importance|Priority|Attachments|Attachment|Organization|User-Agent|Message-ID|Resent-From|Wichtigkeit|Priorität|Anlagen|Anhänge|Organisation|Ważność|Priorytet|Załączniki|' +
  'Prioritet|Bifogade filer|Importance|Pièces jointes|Importancia|Datos adjuntos|Priorità|Allegati|Urgentie|Bijlagen|Importância|Anexos|Vedhæftede filer|Vedlegg|Důležitost|' +
  'Přílohy|Вложения|Важность|Ekler|Tärkeys|Liitteet|חשיבות|קבצים מצורפים|Security|List-ID|Mailing-List|Mailing list|Conversation|Categories|Followup-To|Newsgroups'

const kindByLabel: ReadonlyMap<string, LabelKind> = new Map([
  ...otherLabels.split('|').map((label) => [foldLabel(label), 'other'] as const),
  ...labelRows.flatMap((row) => {
    const columns = row.slice(row.indexOf(':') + 1).split(' ; ')
    return columns.flatMap((words, column) => words.split('|').map((word) => [foldLabel(word.trim()), kinds[column] ?? 'other'] as const))
  }),
])

function foldLabel(label: string): string {
  return label.normalize('NFC').toLowerCase()
}

/**
 * Frees a line of what may stand before its words: invisible format characters (bidi marks of right-to-left clients), quote marks (`>`),
 * and the stars or underscores that are left of bold letters. Line by line; the quote depth is lost on purpose.
 */
export function bareLine(line: string): string {
  return withoutFormat(line)
    .replace(/^[\s>]+/, '')
    .trim()
}

/** The label at the start of a line and the value after its colon, or null. Bold marks (`*From:* x`) are tolerated. */
export function readLabel(line: string): { kind: LabelKind; value: string } | null {
  const head = line.slice(0, labelCharactersMax * 3)
  if (!head.includes(':') && !head.includes('：')) return null
  const bare = bareLine(line).replace(/^[*_]{1,2}(?=[^*_])/, '')
  const colon = bare.search(/[:：]/)
  if (colon < 1 || colon > labelCharactersMax) return null
  const kind = kindByLabel.get(foldLabel(bare.slice(0, colon).replace(/[\s*_]+$/, '')))
  if (kind === undefined) return null
  const value = bare
    .slice(colon + 1)
    .replace(/^[*_]{1,2}(?=\s|$)/, '')
    .trim()
  return { kind, value }
}

/**
 * The header block that starts at `start`, or null. It needs an author and two more of date, recipients, subject (one more with `preceded`, that
 * is, where a separator line announced it). One blank line between labels is tolerated, as are folded values.
 */
export function labelBlockAt(lines: readonly string[], start: number, preceded = false): LabelBlock | null {
  const fields = new Map<LabelKind, string>()
  let current: LabelKind | null = null
  let index = start
  let end = start
  let others = 0
  let labels = 0
  let gaps = 0
  for (; index < lines.length && index - start < blockLinesMax; index++) {
    const line = lines[index] ?? ''
    const label = readLabel(line)
    if (label !== null) {
      if (label.kind === 'other' ? ++others > otherLabelsMax : fields.has(label.kind)) break
      if (label.kind !== 'other') fields.set(label.kind, label.value)
      current = label.kind
      labels++
      end = index + 1
    } else if (bareLine(line) === '') {
      // HTML may leave a blank line below each label: then one more says nothing.
      if (!blockGoesOn(lines, index + 1, fields, gaps > 0 && gaps === labels - 1)) break
      gaps++
    } else if (current !== null && isContinuation(lines, index, current, fields.get(current) ?? '')) {
      const joined = `${fields.get(current) ?? ''} ${bareLine(line)}`
      if (current !== 'other') fields.set(current, joined.slice(0, valueCharactersMax))
      end = index + 1
    } else break
  }
  const vouching = ['date', 'to', 'cc', 'subject', 'replyTo'].filter((kind) => fields.has(kind as LabelKind)).length
  if (!fields.has('from') || vouching < (preceded ? 1 : 2)) return null
  return { start, end, fields }
}

/** After a blank line the block goes on only with a label of a kind that it does not have yet, and (unless all are spaced) only while it lacks something. */
function blockGoesOn(lines: readonly string[], next: number, fields: ReadonlyMap<LabelKind, string>, spaced: boolean): boolean {
  if (!spaced && fields.has('from') && fields.has('subject') && (fields.has('to') || fields.has('date'))) return false
  const label = readLabel(lines[next] ?? '')
  return label !== null && label.kind !== 'other' && !fields.has(label.kind)
}

/** A folded value: indented, a list that ended in a comma, an empty value, or followed by another label before the next blank line. */
function isContinuation(lines: readonly string[], index: number, kind: LabelKind, valueSoFar: string): boolean {
  const line = lines[index] ?? ''
  if (valueSoFar === '' || (kind !== 'subject' && kind !== 'date' && /[,;<]$/.test(valueSoFar))) return true
  if (/^[>\s]*(?:\t| {2,})\S/.test(line.slice(0, 200))) return true
  return (
    readLabel(lines[index + 1] ?? '') !== null || (bareLine(lines[index + 1] ?? '') !== '' && readLabel(lines[index + 2] ?? '') !== null)
  )
}
