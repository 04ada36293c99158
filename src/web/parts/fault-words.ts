/** What exactly is wrong, in the reader's language, by its closed code (src/failure.ts). The words come with the first refusal (api-client.ts). */
import type { TFunction } from 'i18next'
import type { FaultJson } from '../api-client.ts'

/** Null where there are no words for it: it is of a newer server, or they could not be fetched. */
export function faultWords(t: TFunction, fault: FaultJson | null | undefined): string | null {
  if (fault === null || fault === undefined) return null
  const { field, said = '', ...values } = fault.values
  // A field of a file is named as its page names it.
  const named =
    field === undefined ? {} : { field: t(`admin.import.fields.${field}` as 'admin.import.fields.name', { defaultValue: field }) }
  const shown = Object.fromEntries(Object.entries({ ...values, ...named }).map(([name, value]) => [name, isolated(value)]))
  const words = t(`fault.code.${fault.code}` as 'fault.code.issuerSilent', { ...shown, defaultValue: '' })
  return words === '' || said === '' ? words || null : `${words} ${t('fault.said', { said: isolated(said) })}`
}

/** Names and addresses keep their order within words that are written from right to left (FSI and PDI, Unicode UAX #9). */
function isolated(value: string | number): string {
  return document.documentElement.dir === 'rtl' ? `\u2068${value}\u2069` : String(value)
}
