/** The lines with which mail clients announce a quoted or forwarded message ("-----Original Message-----", "Begin forwarded message:"), in their languages. */
import { bareLine } from './header-labels.ts'

const separatorCharactersMax = 120

/** What a separator line announces. `rule` is a bare line of dashes or underscores, which means something only above a header block. */
export type SeparatorKind = 'forwarded' | 'original' | 'rule'

const forwardedPhrases =
  'Forwarded message|Begin forwarded message|Forwarded by|Forwarded mail|Start of forwarded message|Fwd|Weitergeleitete Nachricht|Anfang der weitergeleiteten Nachricht|Anfang der weitergeleiteten E-Mail|' +
  'Weitergeleitet von|Weitergeleitete E-Mail|Wiadomość przekazana|Przekazana wiadomość|Wiadomość przesłana dalej|Treść przekazanej wiadomości|Początek przekazywanej wiadomości|' +
  'Początek przekazanej wiadomości|Przesyłana dalej wiadomość|Vidarebefordrat meddelande|Vidarebefordrat mejl|Vidarebefordrat brev|Början på vidarebefordrat meddelande|' +
  'הודעה שהועברה|הודעה מועברת|התחלת הודעה מועברת|תחילת ההודעה שהועברה|Message transféré|Message transmis|Message réexpédié|Début du message réexpédié|Début du message transféré|Début du message transmis|' +
  'Mensaje reenviado|Inicio del mensaje reenviado|Messaggio inoltrato|Inizio messaggio inoltrato|Inizio del messaggio inoltrato|Doorgestuurd bericht|Begin doorgestuurd bericht|Mensagem encaminhada|' +
  'Mensagem reencaminhada|Início da mensagem encaminhada|Início da mensagem reencaminhada|Videresendt meddelelse|Videresendt besked|Start på videresendt besked|Videresendt melding|Videresendt e-post|' +
  'Start på videresendt melding|Přeposlaná zpráva|Začátek přeposílané zprávy|Přeposlaný e-mail|Předaná zpráva|Preposlaná správa|Začiatok preposlanej správy|Edelleenlähetetty viesti|Välitetty viesti|' +
  'Välitetty viesti alkaa|Továbbított üzenet|Továbbított levél kezdete|Továbbított levél|Mesaj redirecționat|Mesaj redirecţionat|Începe mesajul redirecționat|Mesaj forwardat|Пересылаемое сообщение|' +
  'Перенаправленное сообщение|Пересланное сообщение|Начало переадресованного сообщения|Начало пересылаемого сообщения|Переслане повідомлення|Перенаправлене повідомлення|Початок листа, що пересилається|' +
  'Початок переадресованого листа|İletilmiş Mesaj|İletilen İleti|İletilen mesaj|İleti başlangıcı|Yönlendirilen ileti|Proslijeđena poruka|Započni proslijeđenu poruku|Prosleđena poruka|Posredovano sporočilo|' +
  'Προωθημένο μήνυμα|Έναρξη προωθημένου μηνύματος|Препратено съобщение|Edastatud kiri|Edastatud sõnum|Persiunčiamas laiškas|Persiųsta žinutė|Pārsūtīta ziņa|Missatge reenviat|Áframsent skeyti|' +
  '转发的邮件|轉寄郵件|轉寄的郵件|转发邮件|已转发的邮件|已轉寄的郵件|转发邮件信息|転送されたメッセージ|転送メッセージ|メッセージを転送|転送されるメッセージ|전달된 메시지|전달된 메일|전달한 메시지|رسالة معاد توجيهها|رسالة محولة|الرسالة المعاد توجيهها|' +
  'پیام هدایت شده|Tin nhắn được chuyển tiếp|Thư được chuyển tiếp|Pesan terusan|Pesan yang diteruskan|Välitetty viesti / Fwd.Msg|Preposlaná správa --- Forwarded Message'
const originalPhrases =
  'Original Message|Original Mail|Original email|Original Appointment|Reply message|Reply to message|Ursprüngliche Nachricht|Originalnachricht|Original-Nachricht|Ursprüngliche E-Mail|Ursprünglicher Termin|' +
  'Oryginalna wiadomość|Wiadomość oryginalna|Treść oryginalnej wiadomości|Original meddelande|Ursprungligt meddelande|Originalmeddelande|הודעה מקורית|ההודעה המקורית|Message original|Message d’origine|' +
  "Message d'origine|Message initial|Courriel original|Mensaje original|Messaggio originale|Oorspronkelijk bericht|Origineel bericht|Mensagem original|Oprindelig meddelelse|Oprindelig besked|Original besked|" +
  'Opprinnelig melding|Original melding|Původní zpráva|Pôvodná správa|Alkuperäinen viesti|Eredeti üzenet|Mesaj original|Mesajul original|Исходное сообщение|Оригинальное сообщение|Пересылаемое письмо|' +
  'Оригінальне повідомлення|Вихідне повідомлення|Orijinal ileti|Özgün İleti|Orijinal mesaj|Izvorna poruka|Originalna poruka|Izvirno sporočilo|Αρχικό μήνυμα|Оригинално писмо|Algsõnum|Algne kiri|Pirminė žinutė|' +
  'Sākotnējais ziņojums|Missatge original|Upprunaleg skilaboð|原始邮件|原始郵件|原邮件|原件|元のメッセージ|元のメール|원본 메시지|원본 메일|الرسالة الأصلية|پیام اصلی|Thư gốc|Pesan Asli'

const separatorByPhrase: ReadonlyMap<string, SeparatorKind> = new Map([
  ...originalPhrases.split('|').map((phrase) => [foldPhrase(phrase), 'original'] as const),
  ...forwardedPhrases.split('|').map((phrase) => [foldPhrase(phrase), 'forwarded'] as const),
])

function foldPhrase(phrase: string): string {
  return phrase.normalize('NFC').toLowerCase().replaceAll('’', "'")
}

/** As most lines of a letter: they are spared the closer look. */
const endsPlainly = /[a-z0-9.,;!?]$/i

/** What the line announces, or null. A phrase needs dashes (or stars) on both sides, as prose has none; of a forward it may end in a colon instead (Apple Mail). */
export function separatorKind(line: string): SeparatorKind | null {
  if (line.length > separatorCharactersMax * 2 || endsPlainly.test(line)) return null
  const bare = bareLine(line)
  if (bare.length < 3 || bare.length > separatorCharactersMax) return null
  // Whatever announces something ends in a frame or a colon; this spares the lines of a letter what follows.
  if (!/[-_=*~+—–:：]/u.test(bare.at(-1) ?? '')) return null
  if (/^[-_=*—–]{5,}$/u.test(bare)) return 'rule'
  const words = bare.replace(/^[-_=*~+—–\s]+/u, '').replace(/[-_=*~+—–\s]+$/u, '')
  const framed = isFramed(bare) && bare.at(-1) !== words.at(-1)
  const phrase = words.replace(/\s*[:：]$/u, '')
  if (!framed && phrase === words) return null
  const kind = separatorByPhrase.get(foldPhrase(phrase)) ?? lotusKind(phrase, framed)
  return kind === 'original' && !framed ? null : kind
}

/** It begins with dashes or their like: then it needs no header block below to be believed. */
export function isFramed(line: string): boolean {
  return /^[-_=*~+—–]/u.test(bareLine(line.slice(0, separatorCharactersMax * 2)))
}

/** Lotus Notes: "----- Forwarded by Ann/Acme on 05/06/2019 10:11 AM -----". */
function lotusKind(phrase: string, framed: boolean): SeparatorKind | null {
  return framed && /^(?:forwarded by|weitergeleitet von|przekazane przez|transféré par|inoltrato da|reenviado por)\s/i.test(phrase)
    ? 'forwarded'
    : null
}
