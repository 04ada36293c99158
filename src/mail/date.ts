/** The Date field (RFC 5322 §3.3, obsolete forms §4.3). What the sender's clock says; order goes by time of receipt. */
import { fieldBodies, unfolded } from './header.ts'
import type { Defect, HeaderLine } from './message.ts'

const dateCharactersMax = 200
/** A Date field outside these years is a broken clock or a joke (hazard 17), and is told as a defect instead of a date. */
const yearMin = 1970
const yearMax = 2100

const months = new Map(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((name, index) => [name, index]),
)
/** Minutes east of Greenwich (RFC 5322 §4.3). Military letters were often meant the other way round and count as unknown, which is UTC. */
const zones = new Map(
  Object.entries({
    ut: 0,
    utc: 0,
    gmt: 0,
    est: -300,
    edt: -240,
    cst: -360,
    cdt: -300,
    mst: -420,
    mdt: -360,
    pst: -480,
    pdt: -420,
    cet: 60,
    cest: 120,
  }),
)

const dateTime =
  /^(?:[a-z]+\.?,?\s+|[a-z]+,)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?,?[\s-]+(\d{2,5})\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*(.*)$/i

/** The first Date field as a point in time, or null with a defect. */
export function readDate(lines: readonly HeaderLine[]): { date: Date | null; defects: Defect[] } {
  const body = fieldBodies(lines, 'date')[0]
  if (body === undefined || body.trim() === '') return { date: null, defects: [{ code: 'noDate', detail: '' }] }
  const written = unfolded(body).slice(0, dateCharactersMax).replaceAll(/\s+/g, ' ').trim()
  const date = dateOf(written)
  if (date === null) return { date, defects: [{ code: 'dateImplausible', detail: written }] }
  return { date, defects: [] }
}

/** Minutes east of Greenwich of the first Date field's zone, or undefined where it names none. */
export function readZoneMinutes(lines: readonly HeaderLine[]): number | undefined {
  const zone =
    dateTime.exec(
      unfolded(fieldBodies(lines, 'date')[0] ?? '')
        .slice(0, dateCharactersMax)
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )?.[7] ?? ''
  return /^(?:(?:gmt|utc)?[+-]\d{2}:?\d{2}|[a-z]{2,4})/i.test(zone) ? zoneMinutes(zone) : undefined
}

function dateOf(written: string): Date | null {
  const match = dateTime.exec(written)
  if (match === null) return null
  const [, day = '', monthName = '', yearDigits = '', hour = '', minute = '', second = '0', zone = ''] = match
  const month = months.get(monthName.toLowerCase())
  const year = fullYear(yearDigits)
  if (month === undefined || year < yearMin || year > yearMax) return null
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60) return null
  const midnight = new Date(Date.UTC(year, month, Number(day)))
  if (midnight.getUTCMonth() !== month || midnight.getUTCDate() !== Number(day)) return null
  const seconds = (Number(hour) * 60 + Number(minute) - zoneMinutes(zone)) * 60 + Number(second)
  return new Date(midnight.getTime() + seconds * 1000)
}

/** RFC 5322 §4.3: two digits below 50 are 2000 and on, other two and three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year
  return digits.length === 3 ? 1900 + year : year
}

function zoneMinutes(written: string): number {
  const offset = /^(?:gmt|utc)?([+-])(\d{2}):?(\d{2})/i.exec(written)
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3])
    return minutes > 24 * 60 ? 0 : offset[1] === '-' ? -minutes : minutes
  }
  return zones.get(/^[a-z]+/i.exec(written)?.[0].toLowerCase() ?? '') ?? 0
}
