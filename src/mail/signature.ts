/** Where the signature begins: the delimiter of RFC 3676 §4.3, lines that a phone or an app adds by itself, footers of mailing lists. */
import { withoutFormat } from './clean-text.ts'

/** Longer than this, what stands below a delimiter is text (somebody drew a line between two parts of a letter). */
const signatureLinesMax = 20
const looseSignatureLinesMax = 12
const footerLinesMax = 8
const appLineCharactersMax = 160

/** Products and devices after "sent from/with/via"; without one of them the line is a sentence of the author's. */
const products =
  'iphone|ipad|ipod|mac|apple|android|samsung|galaxy|huawei|honor|xiaomi|redmi|oneplus|oppo|pixel|htc|nokia|motorola|lg|sony|xperia|alcatel|blackberry|windows|surface|outlook|hotmail|yahoo|gmail|google|mail|mailbox|airmail|' +
  'spark|spike|proton|protonmail|tutanota|tuta|newton|superhuman|front|fairemail|k-9|k9|aol|gmx|web\\.de|t-online|telekom|libero|orange|seznam|mail\\.ru|yandex|thunderbird|mobile|mobil|phone|smartphone|tablet|cell|handy|bluemail|' +
  'telefon|telefonu|teléfono|téléphone|telefono|móvil|celular|telemóvel|cellulare|mobiltelefon|mobilgerät|mobiele|telefoon|telefonen|mobilen|iphonu|iphone-om|телефон|телефона|айфон|айфона|nine|boxer|touchmail|edison|canary|missive'
const device = `(?:${products})(?![\\p{L}])`
const anything = '.{0,100}'

/** One row a language; each is anchored at both ends by `isAppLine`. */
const appLines = [
  // en
  `sent from my ${anything}`,
  `sent (?:from|via|with|using|by|through|on) (?:the |a |an |my )?(?:\\[|<)?(?:\\p{L}+ )?${device}${anything}`,
  'sent (?:from|via) (?:a |an )?(?:magnificent )?.{0,40}(?:phone|mobile|device|pixels)',
  `from my ${device}${anything}`,
  `get \\[?outlook for ${anything}`,
  'sent by .{0,30}(?:galaxy|samsung|mobile|phone)',
  // de
  `von (?:meine[mr]|unterwegs|mobil) ?${anything}gesendet`,
  `(?:diese (?:nachricht|e-?mail) wurde )?(?:von|mit) ${anything}${device}${anything}(?:gesendet|verschickt)`,
  `gesendet (?:von|mit|über|aus) ${anything}(?:meine[mr]|${device})${anything}`,
  `(?:holen sie sich |laden sie )?outlook für ${anything}`,
  // pl
  `wysłan[eoya]{1,2} (?:z|za pomocą|przez|ze) ${anything}(?:moje(?:go|j)|${device}|iphone|smartfon)${anything}`,
  `pobierz (?:aplikację )?outlook ${anything}`,
  // sv, da, no
  `(?:skickat|sendt) (?:från|fra|med|via) ${anything}(?:min|mitt|mit|${device})(?![\\p{L}])${anything}`,
  `(?:skaffa|hämta|hent|skaff|få) outlook (?:för|til|for) ${anything}`,
  // he
  `נשלח (?:מ|באמצעות)${anything}`,
  `(?:קבל|השג|הורד) את outlook ${anything}`,
  // fr
  `envoyé (?:de|depuis|à partir de|avec|par|via) ${anything}(?:mon|ma|${device})(?![\\p{L}])${anything}`,
  `(?:télécharge[rz]|obtene[rz]|obtenir) outlook pour ${anything}`,
  // es, pt
  `enviad[oa] (?:desde|do|de|da|a partir do|pelo|pela|via|com|con|mediante) ${anything}(?:mi|meu|minha|${device})(?![\\p{L}])${anything}`,
  `(?:obtener|descargar|obter|obtenha|baixar)(?: o)? outlook para ${anything}`,
  // it
  `inviato (?:da|dal|dalla|con|tramite) ${anything}(?:mio|mia|${device})(?![\\p{L}])${anything}`,
  `(?:scarica|ottieni) outlook per ${anything}`,
  // nl
  `(?:verzonden|verstuurd|gestuurd) (?:vanaf|met|via|van|vanuit) ${anything}(?:mijn|${device})(?![\\p{L}])${anything}`,
  `(?:download |haal )?outlook voor ${anything}`,
  // fi
  `lähetetty ${anything}(?:iphone|ipad|puhelime|laittee|android|outlook|samsung)${anything}`,
  `hanki outlook ${anything}`,
  // cs, sk
  `od(?:esláno|oslané|eslané) (?:z|ze|zo|pomocí|cez|prostřednictvím) ${anything}`,
  `(?:získejte|získať|stáhnout) outlook ${anything}`,
  // hu, ro, tr, hr
  `(?:az )?${anything}(?:iphone|ipad|android|samsung|telefon|készülék|outlook)${anything}(?:küldve|küldött)`,
  `trimis (?:de pe|din|de la|prin) ${anything}`,
  `${anything}(?:'?[dt][ae]n|ile) gönderildi`,
  `poslano (?:s|sa|iz) ${anything}`,
  // ru, uk, bg, el
  `(?:отправлено|послано|надіслано|відправлено|изпратено) (?:с|со|из|з|із|от|через) ${anything}`,
  `στάλθηκε από ${anything}`,
  // ar, zh, ja, ko
  `(?:أ?ُ?رسلت?|أُرسلت|مرسل[ةه]?|تم الإرسال) من ${anything}`,
  `(?:发自|發自|发送自|來自|从|從)${anything}(?:iphone|ipad|手机|手機|传送|傳送|邮箱|郵箱|outlook|客户端|mail)${anything}`,
  '.{0,60}から送信(?:されました)?',
  '.{0,60}에서 (?:보냄|보낸 메일|전송됨)',
]
const appLine = new RegExp(`^(?:${appLines.join('|')})$`, 'iu')

/** A line that a phone or an app adds by itself ("Sent from my iPhone", "Von meinem iPhone gesendet"). */
export function isAppLine(line: string): boolean {
  if (line.length > appLineCharactersMax * 2) return false
  const bare = withoutFormat(line)
    .trim()
    .replace(/^[<([*_~"'«]+/u, '')
    .replace(/[>)\]*_~"'».!]+$/u, '')
  return bare.length >= 8 && bare.length <= appLineCharactersMax && appLine.test(bare)
}

/** A line without a letter or digit that is drawn rather than written (`--`, `____`, `***`, the mark of a mail tracker). */
function isDrawnLine(line: string): boolean {
  return line.length < 200 && /^\s*[-_=*#~+–—.\u1427]{1,}\s*$/u.test(line)
}

function isBlank(line: string): boolean {
  return line.trim() === ''
}

/**
 * The line at which the signature of `lines[start..end)` begins, or null where there is none. Careful: what is not plainly a signature
 * is text, for hiding what a person wrote is the worse mistake.
 */
export function signatureStart(lines: readonly string[], start: number, end: number): number | null {
  const delimiter = delimiterStart(lines, start, end)
  const tail = delimiter ?? end
  const appended = appendedStart(lines, start, tail)
  return appended ?? delimiter
}

/** RFC 3676 §4.3 `-- `, often with its space lost; or a drawn line above a mailing list's footer. */
function delimiterStart(lines: readonly string[], start: number, end: number): number | null {
  let written = 0
  let found: number | null = null
  for (let index = end - 1; index >= start && written <= signatureLinesMax; index--) {
    const line = lines[index] ?? ''
    if (isBlank(line)) continue
    const strict = line === '-- '
    const most = strict ? signatureLinesMax : looseSignatureLinesMax
    if ((strict || /^\s?(?:--|—)\s*$/u.test(line)) && written > 0 && written <= most) found = index
    else if (found === null && /^\s*[_-]{3,}\s*$/.test(line) && isFooter(lines, index, end, start)) found = index
    written++
  }
  return found
}

/** Below a drawn line with a blank one above: a few lines with the marks of a footer (address, link, telephone, list words), or two short ones. */
function isFooter(lines: readonly string[], index: number, end: number, start: number): boolean {
  if (index > start && !isBlank(lines[index - 1] ?? '')) return false
  const below = lines.slice(index + 1, Math.min(end, index + 40)).filter((line) => !isBlank(line))
  if (below.length === 0 || below.length > footerLinesMax) return false
  const marked = below.some((line) =>
    /@|https?:|www\.|\+\d{2}|mailing list|unsubscribe|confidential|vertraulich|poufne|abmelden/i.test(line.slice(0, 400)),
  )
  return marked || (below.length <= 2 && below.every((line) => line.length < 60))
}

/** Lines of apps, and drawn lines, at the very end. */
function appendedStart(lines: readonly string[], start: number, end: number): number | null {
  let found: number | null = null
  for (let index = end - 1; index >= start; index--) {
    const line = lines[index] ?? ''
    if (isBlank(line)) continue
    if (!isAppLine(line) && !(isDrawnLine(line) && index > start)) break
    found = index
  }
  return found
}
