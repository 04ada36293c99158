/** The shape of a tenants file (INTERFACE "load FILE.json"), each value checked where it stands. What is not named stays undefined: it is not changed. */
import { z } from 'zod'
import { isLeadNumber, leadNumberDigitsMax } from '../crm/lead-number.ts'
import { neverLogPattern } from '../crm/never-log.ts'
import { internalMailPolicies, leadStatuses, onlyOpenLeadPolicies, unauthenticatedSenderPolicies, userRoles } from '../crm/policy.ts'
import { isCurrency, isSlug, isTimeZone } from '../crm/tenant-settings.ts'
import { addressKey } from '../mail/address.ts'
import { readHostName } from './host-name.ts'

const nameCharactersMax = 500
const keyCharactersMax = 200

/** A text that `read` turns into its canonical form, or into null where it is none; `mayBe` then tells what it may be. */
function readable<T>(mayBe: string, read: (text: string) => T | null) {
  return z.string().transform((text, context) => {
    const value = read(text)
    if (value !== null) return value
    context.issues.push({ code: 'custom', message: `"${text.slice(0, 100)}" is not ${mayBe}`, input: text })
    return z.NEVER
  })
}

/** A text for people: no control characters (Postgres refuses U+0000, terminals obey the others). */
const name = z
  .string()
  .trim()
  .min(1)
  .max(nameCharactersMax)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has control characters')
const key = z
  .string()
  .min(1)
  .max(keyCharactersMax)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has control characters')
const address = readable('plainly one mail address', (text) => (addressKey(text) === null ? null : text.trim()))
const number = readable(`a number (digits 0 to 9 alone, at most ${leadNumberDigitsMax})`, (text) => (isLeadNumber(text) ? text : null))
const slug = readable('a slug (small letters, digits and hyphens, at most 63, no hyphen first)', (text) => (isSlug(text) ? text : null))
const locale = readable('a language tag such as de or pt-BR', (text) => tryOrNull(() => Intl.getCanonicalLocales(text)[0] ?? null))
const timeZone = readable('a time zone such as Europe/Berlin', (text) => (isTimeZone(text) ? text : null))
const currency = readable('a currency code such as EUR', (text) => (isCurrency(text) ? text : null))

function tryOrNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

const hostNameText = z.string().transform((text, context) => {
  const result = readHostName(text)
  if (result.kind === 'hostName') return result.name
  context.issues.push({ code: 'custom', message: result.why, input: text })
  return z.NEVER
})

const hostName = z.union([
  hostNameText.transform((hostName) => ({ name: hostName, subdomains: false })),
  z.strictObject({ name: hostNameText, subdomains: z.boolean().default(false) }),
])

const policy = z.strictObject({
  unauthenticatedSender: z.enum(unauthenticatedSenderPolicies).optional(),
  internalMail: z.enum(internalMailPolicies).optional(),
  onlyOpenLead: z.enum(onlyOpenLeadPolicies).optional(),
  neverLog: z.array(readable('a mail address or a domain', neverLogPattern)).optional(),
})

const user = z.strictObject({
  email: address,
  name: name.optional(),
  role: z.enum(userRoles).optional(),
  otherAddresses: z.array(address).optional(),
})

const company = z.strictObject({ key, name: name.optional(), taxNumber: name.optional() })

const contactPerson = z.strictObject({ key, company: key.optional(), name: name.optional(), addresses: z.array(address).optional() })

const lead = z.strictObject({
  number,
  name: name.optional(),
  company: key.optional(),
  status: z.enum(leadStatuses).optional(),
  owner: address.optional(),
  keyPlayers: z.array(z.strictObject({ contactPerson: key, role: name.optional() })).optional(),
  quotes: z.array(z.strictObject({ number })).optional(),
})

const tenant = z.strictObject({
  slug,
  name: name.optional(),
  locale: locale.optional(),
  timeZone: timeZone.optional(),
  currency: currency.optional(),
  hostNames: z.array(hostName).optional(),
  policy: policy.optional(),
  users: z.array(user).optional(),
  companies: z.array(company).optional(),
  contactPersons: z.array(contactPerson).optional(),
  leads: z.array(lead).optional(),
})

export const tenantsSchema = z.strictObject({ tenants: z.array(tenant) })

export type TenantsDocument = z.output<typeof tenantsSchema>
