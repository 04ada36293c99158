/** Dates, times, sizes and numbers in the reader's language and time zone. */
import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { sessionQuery } from '../session.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour
/** Up to here "3 days ago" is easier than a date. */
const relativeUpTo = 6 * day
const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', day],
  ['hour', hour],
  ['minute', minute],
]

export interface Formats {
  readonly timeZone: string
  /** `2 Nov 2026, 10:30`. */
  dateTime(at: string | Date): string
  /** With weekday and zone, for a tooltip. */
  exact(at: string | Date): string
  date(at: string | Date): string
  time(at: string | Date): string
  /** A day without time (`2026-11-02`), which is the same in every zone. */
  day(on: string): string
  /** `5 minutes ago`; a date once it is some days. */
  relative(at: string | Date, now?: Date): string
  number(value: number): string
  /** `1.2 MB`. */
  bytes(value: number): string
}

function makeFormats(language: string, timeZone: string, sizeWords: (unit: 'b' | 'kb' | 'mb', n: string) => string): Formats {
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat(language, { timeZone, ...options })
  const dateTime = format({ dateStyle: 'medium', timeStyle: 'short' })
  const exact = format({ dateStyle: 'full', timeStyle: 'long' })
  const date = format({ dateStyle: 'medium' })
  const thisYear = format({ day: 'numeric', month: 'short' })
  const time = format({ timeStyle: 'short' })
  const day = new Intl.DateTimeFormat(language, { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const number = new Intl.NumberFormat(language)
  const size = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  return {
    timeZone,
    dateTime: (at) => dateTime.format(new Date(at)),
    exact: (at) => exact.format(new Date(at)),
    date: (at) => date.format(new Date(at)),
    time: (at) => time.format(new Date(at)),
    day: (on) => day.format(new Date(`${on}T00:00:00Z`)),
    relative(at, now = new Date()) {
      const then = new Date(at)
      const seconds = (then.getTime() - now.getTime()) / 1000
      if (Math.abs(seconds) > relativeUpTo) return (then.getFullYear() === now.getFullYear() ? thisYear : date).format(then)
      const [unit, length] = steps.find(([, of]) => Math.abs(seconds) >= of) ?? ['second', 1]
      return unit === 'second' ? relative.format(0, 'second') : relative.format(Math.round(seconds / length), unit)
    },
    number: (value) => number.format(value),
    bytes(value) {
      if (value < 1_000) return sizeWords('b', number.format(value))
      return value < 1_000_000 ? sizeWords('kb', number.format(Math.round(value / 1_000))) : sizeWords('mb', size.format(value / 1_000_000))
    },
  }
}

/** The browser's region goes with the language, where it asks for that: English dates look otherwise in London than in New York. */
function localeOf(language: string): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language
}

const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** By language and zone: making them takes longer than drawing a row. */
const made = new Map<string, Formats>()

/** The user's zone, or the browser's where none is chosen. */
export function useFormats(): Formats {
  const { t, i18n } = useTranslation()
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const zone = session?.user.timeZone ?? browserZone()
  return useMemo(() => {
    const name = `${i18n.language} ${zone}`
    const formats = made.get(name) ?? makeFormats(localeOf(i18n.language), zone, (unit, n) => t(`common.bytes.${unit}`, { n }))
    made.set(name, formats)
    return formats
  }, [i18n.language, zone, t])
}
