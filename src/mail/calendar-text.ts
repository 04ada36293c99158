/** A calendar part (RFC 5545, RFC 6047) as lines that a person reads: what, when, where, who. */

const sourceCharactersMax = 500_000
const eventsMax = 20
const attendeesMax = 50
const valueCharactersMax = 10_000

/** What RFC 5546 §1.4 calls the methods, in words. */
const methods: Readonly<Record<string, string>> = {
  REQUEST: 'Invitation',
  REPLY: 'Answer to an invitation',
  CANCEL: 'Cancellation',
  COUNTER: 'Another time is proposed',
  DECLINECOUNTER: 'The proposed time is declined',
  REFRESH: 'The latest version is asked for',
  PUBLISH: 'Calendar entry',
  ADD: 'More dates',
}

/** RFC 5545 §3.2.12. */
const answers: Readonly<Record<string, string>> = {
  ACCEPTED: 'accepted',
  DECLINED: 'declined',
  TENTATIVE: 'tentative',
  DELEGATED: 'delegated',
}

interface Property {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
  readonly value: string
}

/** The text of a calendar's events, or null where it has none. Linear; never throws. */
export function calendarText(source: string): string | null {
  const properties = unfold(source.slice(0, sourceCharactersMax)).flatMap((line) => readProperty(line) ?? [])
  const method =
    properties
      .find(({ name }) => name === 'METHOD')
      ?.value.trim()
      .toUpperCase() ?? 'PUBLISH'
  const events: Property[][] = []
  let event: Property[] | null = null
  let inside = 0
  for (const property of properties) {
    const component = property.value.trim().toUpperCase()
    if (property.name === 'BEGIN' && event === null) {
      if (component === 'VEVENT' || component === 'VTODO') event = []
    } else if (property.name === 'BEGIN') inside++
    else if (property.name === 'END' && inside > 0) inside--
    else if (property.name === 'END' && event !== null) {
      events.push(event)
      event = null
      if (events.length >= eventsMax) break
    } else if (event !== null && inside === 0) event.push(property)
  }
  return events.length === 0
    ? null
    : events.map((properties) => eventLines(properties, methods[method] ?? 'Calendar entry').join('\n')).join('\n\n')
}

/** RFC 5545 §3.1: a line break before a space is none. */
function unfold(source: string): string[] {
  return source
    .replace(/\r\n?/g, '\n')
    .replace(/\n[ \t]/g, '')
    .split('\n')
}

function readProperty(line: string): Property | null {
  const head = /^([A-Za-z0-9-]{1,40})((?:;[A-Za-z0-9-]{1,40}=(?:"[^"]{0,500}"|[^;:"]{0,500}))*):/.exec(line.slice(0, 4_000))
  if (head === null) return null
  const parameters = new Map<string, string>()
  for (const [, name, value] of (head[2] ?? '').matchAll(/;([A-Za-z0-9-]{1,40})=("[^"]{0,500}"|[^;:"]{0,500})/g)) {
    parameters.set((name ?? '').toUpperCase(), (value ?? '').replace(/^"|"$/g, ''))
  }
  return { name: (head[1] ?? '').toUpperCase(), parameters, value: line.slice(head[0].length, head[0].length + valueCharactersMax) }
}

function eventLines(event: readonly Property[], what: string): string[] {
  const one = (name: string): Property | undefined => event.find((property) => property.name === name)
  const words = (name: string): string => plain(one(name)?.value ?? '')
  const people = event.filter(({ name }) => name === 'ATTENDEE').slice(0, attendeesMax)
  const organizer = one('ORGANIZER')
  const start = one('DTSTART')
  const end = one('DTEND')
  const when = start === undefined ? '' : [moment(start), end === undefined ? '' : moment(end)].filter((part) => part !== '').join(' – ')
  return [
    `${what}: ${words('SUMMARY')}`.trim(),
    labelled('When', when),
    labelled('Repeats', words('RRULE')),
    labelled('Where', words('LOCATION')),
    labelled('Organizer', organizer === undefined ? '' : person(organizer)),
    labelled('With', people.map(person).join(', ')),
    labelled('', words('DESCRIPTION')),
  ].filter((line) => line !== '')
}

function labelled(label: string, value: string): string {
  if (value === '') return ''
  return label === '' ? `\n${value}` : `${label}: ${value}`
}

/** RFC 5545 §3.3.11. */
function plain(value: string): string {
  return value.replace(/\\([nN\\;,])/g, (_, escaped: string) => (/n/i.test(escaped) ? '\n' : escaped)).trim()
}

/** `2026-03-01 10:00 (Europe/Berlin)`: as written, for a calendar's own time zones are not ours to guess. */
function moment({ value, parameters }: Property): string {
  const found = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?/.exec(value.trim())
  if (found === null) return ''
  const [, year, month, day, hours, minutes, utc] = found
  const date = `${year}-${month}-${day}`
  if (hours === undefined) return date
  const zone = utc === 'Z' ? 'UTC' : parameters.get('TZID')
  return `${date} ${hours}:${minutes}${zone === undefined ? '' : ` (${zone})`}`
}

function person({ value, parameters }: Property): string {
  const address = value.trim().replace(/^mailto:/i, '')
  const name = parameters.get('CN') ?? ''
  const answer = answers[(parameters.get('PARTSTAT') ?? '').toUpperCase()]
  const who = name === '' || name.toLowerCase() === address.toLowerCase() ? address : `${name} <${address}>`
  return answer === undefined ? who : `${who} (${answer})`
}
