/** Dates as mail clients write them into a body, in their languages ("26. Oktober 2021 um 14:25", "Wed, Oct 27, 2021 at 9:31 AM"). In doubt: none. */

export interface WrittenDate {
  readonly date: Date
  /** The offset from UTC was written there too; else that of the asker was assumed. */
  readonly zoned: boolean
}

const dateCharactersMax = 160
const yearMin = 1990
const yearMax = 2100

/** Beginnings of the months' names, January first, as many letters as tell them apart; compared after folding accents and case. */
const monthBeginnings: readonly string[] = [
  'jan|gen|ene|sty|led|tammi|ocak|янв|січ|ιαν|ינואר|يناير|كانون الثاني|saus|sij|ian|jaa',
  'feb|fev|lut|uno|helmi|sub|фев|лют|φεβ|פברואר|فبراير|شباط|vasar|velj|vee|peb',
  'mar|brez|maalis|мар|берез|μαρ|מרץ|מרס|مارس|آذار|kovo|ozuj|maart',
  'apr|avr|abr|kwi|dub|huhti|nisan|апр|квіт|απρ|אפריל|أبريل|ابريل|نيسان|baland|travnj',
  'may|mai|mag|maj|kve|touko|май|мая|трав|μαι|μαΐ|מאי|مايو|أيار|geguz|svibnj|mei',
  'jun|juin|giu|cze|cerv|kesa|haz|июн|черв|ιουν|יוני|يونيو|حزيران|birz|lipnj|juuni',
  'jul|juil|lug|lip|cervenc|cervenec|heina|tem|июл|лип|ιουλ|יולי|يوليو|تموز|liep|srpnj|juuli',
  'aug|aou|ago|sie|srp|elo|agu|авг|серп|αυγ|אוגוסט|أغسطس|اغسطس|آب|rugpj|kolovoz',
  'sep|set|sze|wrz|zar|syys|eyl|сен|вер|σεπ|ספטמבר|سبتمبر|أيلول|rugsej|rujn',
  'oct|okt|ott|out|paz|rij|loka|eki|окт|жовт|οκτ|אוקטובר|أكتوبر|اكتوبر|تشرين الأول|spal',
  'nov|lis|marras|kas|ноя|лист|νοε|נובמבר|نوفمبر|تشرين الثاني|lapkr|studen',
  'dec|dic|dez|des|det|gru|prosin|joulu|aral|дек|груд|δεκ|דצמבר|ديسمبر|كانون الأول|gruod',
]

/** Minutes east of Greenwich of the names that clients write. */
const zoneNames: ReadonlyMap<string, number> = new Map(
  Object.entries({
    utc: 0,
    gmt: 0,
    z: 0,
    wet: 0,
    west: 60,
    bst: 60,
    cet: 60,
    mez: 60,
    cest: 120,
    mesz: 120,
    eet: 120,
    oez: 120,
    eest: 180,
    oesz: 180,
    msk: 180,
    est: -300,
    edt: -240,
    cst: -360,
    cdt: -300,
    mst: -420,
    mdt: -360,
    pst: -480,
    pdt: -420,
  }),
)

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ł', 'l').replaceAll('ı', 'i')
}

const monthNames: readonly { beginning: string; month: number }[] = monthBeginnings
  .flatMap((names, month) => names.split('|').map((name) => ({ beginning: folded(name.toLowerCase()), month })))
  .toSorted((a, b) => b.beginning.length - a.beginning.length)

/**
 * Reads a date and time, or null where day, month and year are not plain. `offsetMinutes` is the zone of whoever wrote it down (minutes east of
 * Greenwich), for dates without one. A date without a time is taken at noon.
 */
export function readWrittenDate(written: string, offsetMinutes = 0): WrittenDate | null {
  if (written.length > dateCharactersMax) return null
  const text = folded(written.replace(/\p{Cf}/gu, '').toLowerCase()).replace(/[٠-٩۰-۹]/g, westernDigit)
  const clock = readClock(text)
  const day = readDay(clock === null ? text : text.replace(clock.written, ' '), clock?.half !== undefined)
  if (day === null) return null
  const zone = readZone(text)
  const hours = clock === null ? 12 : clock.hours
  const milliseconds = Date.UTC(day.year, day.month, day.day, hours, clock?.minutes ?? 0, clock?.seconds ?? 0)
  return { date: new Date(milliseconds - (zone ?? offsetMinutes) * 60_000), zoned: zone !== null }
}

function westernDigit(digit: string): string {
  const code = digit.charCodeAt(0)
  return String(code - (code < 0x6f0 ? 0x660 : 0x6f0))
}

interface Clock {
  readonly written: string
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly half: 'am' | 'pm' | undefined
}

function readClock(text: string): Clock | null {
  // A dot is a clock's only at the end ("kl. 20.42", "alle 13.16"), for dates have dots as well.
  const found =
    /(?<!\d)(\d{1,2})[:h](\d{2})(?::(\d{2}))?\s*(?:([ap])\.?\s?m\.?\b)?/.exec(text) ??
    /(?<![\d.])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?![\d.])\s*(?:([ap])\.?\s?m\.?\b)?(?=\D*(?:[+-]\d+)?$)/.exec(text) ??
    /(?<!\d)(\d{1,2})[时時点點시]\s?(\d{1,2})(?:[分분])/.exec(text)
  if (found === null) return null
  const half =
    found[4] === undefined
      ? /下午|午後|오후/.test(text)
        ? 'pm'
        : /上午|午前|오전/.test(text)
          ? 'am'
          : undefined
      : found[4] === 'p'
        ? 'pm'
        : 'am'
  const written = Number(found[1])
  const hours = half === 'pm' && written < 12 ? written + 12 : half === 'am' && written === 12 ? 0 : written
  const minutes = Number(found[2])
  return hours > 23 || minutes > 59 ? null : { written: found[0], hours, minutes, seconds: Math.min(59, Number(found[3] ?? 0)), half }
}

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

function readDay(text: string, halfDayClock: boolean): Day | null {
  const named = namedMonth(text)
  if (named !== null) return plausible(named)
  const iso = /(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)/.exec(text)
  if (iso !== null) return plausible({ year: Number(iso[1]), month: Number(iso[2]) - 1, day: Number(iso[3]) })
  const numbers = /(?<!\d)(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)/.exec(text)
  if (numbers === null) return null
  const [one, other] = [Number(numbers[1]), Number(numbers[3])]
  const year = Number(numbers[4]) < 100 ? 2000 + Number(numbers[4]) : Number(numbers[4])
  // Who writes the half of the day and slashes writes the month first; all others the day.
  const monthFirst = other > 12 || (one <= 12 && numbers[2] === '/' && halfDayClock)
  return plausible(monthFirst ? { year, month: one - 1, day: other } : { year, month: other - 1, day: one })
}

function namedMonth(text: string): Day | null {
  const year = /(?<!\d)((?:19|20)\d{2})(?!\d)/.exec(text)?.[1]
  if (year === undefined) return null
  const month = monthIn(text)
  const day = /(?<![\d:+-])(\d{1,2})(?![\d:])/.exec(text.replace(year, ' '))?.[1]
  return month === null || day === undefined ? null : { year: Number(year), month, day: Number(day) }
}

/** The month's name follows the day or stands before it; in that order, for a weekday before the day may look like a month ("mar. 27 oct."). */
function monthIn(text: string): number | null {
  const after = /(?<!\d)\d{1,2}(?:er|st|nd|rd|th|\.|º|,)?\s*(?:de\s+|d'|ב)?(\p{L}{3,})/gu
  const before = /(\p{L}{3,})\.?\s+\d{1,2}(?!\d)/gu
  for (const place of [after, before]) {
    for (const found of text.matchAll(place)) {
      const word = found[1] ?? ''
      const month = monthNames.find(({ beginning }) => word.startsWith(beginning))
      // "lis", "listopada" is November in Polish and Czech, and October in Croatian, which alone says "u 14:25".
      if (month !== undefined) return word.startsWith('lis') && /\su\s/.test(text) ? 9 : month.month
    }
  }
  return null
}

function plausible(day: Day): Day | null {
  const date = new Date(Date.UTC(day.year, day.month, day.day))
  const real = day.month >= 0 && day.month < 12 && date.getUTCDate() === day.day
  return real && day.year >= yearMin && day.year <= yearMax ? day : null
}

/** Minutes east of Greenwich, where the date names its zone. */
function readZone(text: string): number | null {
  const offset = /(?:(?:utc|gmt)\s?|\s)([+\u2212-])(\d{1,2}):?(\d{2})?(?!\d)/.exec(text)
  if (offset !== null && (offset[3] !== undefined || /utc|gmt/.test(offset[0]))) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0)
    if (minutes <= 14 * 60) return offset[1] === '+' ? minutes : -minutes
  }
  const name = /\b([a-z]{1,4})\b\.?\)?$/.exec(text)?.[1]
  return name === undefined ? null : (zoneNames.get(name) ?? null)
}
