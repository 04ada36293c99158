/** Days as the API writes them (`2026-11-02`), seen from where the reader is. */
export function dayFromNow(days: number, timeZone?: string, now = new Date()): string {
  const there = new Intl.DateTimeFormat('en-CA', { ...(timeZone === undefined ? {} : { timeZone }), dateStyle: 'short' }).format(now)
  const day = new Date(`${there}T00:00:00Z`)
  day.setUTCDate(day.getUTCDate() + days)
  return day.toISOString().slice(0, 10)
}
