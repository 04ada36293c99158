/** Which fields a CSV file may fill, and by which headings they are known in the languages of our users. Pure. */
import { leadNameKey } from '../crm/lead-name.ts'
import type { LeadStatus } from '../crm/policy.ts'

export type ImportKind = 'leads' | 'contactPersons'

export interface ImportField {
  readonly name: string
  readonly required: boolean
  /** English, German, Polish, Swedish, Hebrew; compared without case and accents. */
  readonly headings: readonly string[]
}

const company = [
  'company',
  'company name',
  'account',
  'customer',
  'client',
  'organization',
  'organisation',
  'firma',
  'firmenname',
  'unternehmen',
  'kunde',
]
const companyWords = [
  ...company,
  'kontrahent',
  'klient',
  'nazwa firmy',
  'företag',
  'företagsnamn',
  'kund',
  'bolag',
  'חברה',
  'שם חברה',
  'לקוח',
]

export const importFields = {
  leads: [
    {
      name: 'number',
      required: true,
      headings: [
        'number',
        'lead number',
        'lead no',
        'no',
        'nr',
        'id',
        'lead',
        'nummer',
        'leadnummer',
        'lead nummer',
        'lead nr',
        'numer',
        'numer leada',
        'leadnummer',
        'מספר',
        'מספר ליד',
      ],
    },
    {
      name: 'name',
      required: false,
      headings: [
        'name',
        'lead name',
        'topic',
        'subject',
        'title',
        'thema',
        'bezeichnung',
        'titel',
        'betreff',
        'nazwa',
        'temat',
        'tytuł',
        'namn',
        'ämne',
        'rubrik',
        'שם',
        'נושא',
      ],
    },
    { name: 'company', required: false, headings: companyWords },
    {
      name: 'companyKey',
      required: false,
      headings: ['company key', 'company id', 'account id', 'firmen id', 'kundennummer', 'id firmy', 'kundnummer', 'מספר לקוח'],
    },
    { name: 'status', required: false, headings: ['status', 'state', 'zustand', 'stan', 'läge', 'סטטוס', 'מצב'] },
    {
      name: 'owner',
      required: false,
      headings: [
        'owner',
        'owner email',
        'responsible',
        'salesperson',
        'verantwortlich',
        'verantwortlicher',
        'besitzer',
        'vertriebler',
        'właściciel',
        'opiekun',
        'handlowiec',
        'ansvarig',
        'ägare',
        'säljare',
        'אחראי',
        'בעלים',
        'איש מכירות',
      ],
    },
  ],
  contactPersons: [
    {
      name: 'key',
      required: false,
      headings: ['key', 'id', 'contact id', 'contact key', 'kontakt id', 'schlüssel', 'klucz', 'nyckel', 'מזהה'],
    },
    {
      name: 'name',
      required: true,
      headings: [
        'name',
        'full name',
        'contact',
        'contact person',
        'contact name',
        'ansprechpartner',
        'kontakt',
        'vollständiger name',
        'imię i nazwisko',
        'osoba kontaktowa',
        'nazwisko',
        'nazwa',
        'namn',
        'kontaktperson',
        'fullständigt namn',
        'שם',
        'שם מלא',
        'איש קשר',
      ],
    },
    {
      name: 'email',
      required: true,
      headings: [
        'email',
        'e mail',
        'mail',
        'email address',
        'e mail address',
        'address',
        'e mail adresse',
        'emailadresse',
        'mailadresse',
        'adresse',
        'adres email',
        'adres e mail',
        'poczta',
        'epost',
        'e post',
        'epostadress',
        'e postadress',
        'mejl',
        'אימייל',
        'דוא ל',
        'מייל',
        'כתובת מייל',
      ],
    },
    { name: 'company', required: true, headings: companyWords },
    {
      name: 'companyKey',
      required: false,
      headings: ['company key', 'company id', 'account id', 'firmen id', 'kundennummer', 'id firmy', 'kundnummer', 'מספר לקוח'],
    },
  ],
} as const satisfies Record<ImportKind, readonly ImportField[]>

/** Column to field, by the headings. Several columns may be addresses; of what else stands twice the first counts. `Email (2)`, `Email 2` are `Email`. */
export function guessMapping(kind: ImportKind, columns: readonly string[]): Record<string, string> {
  const fields: readonly ImportField[] = importFields[kind]
  const mapping: Record<string, string> = {}
  for (const column of columns) {
    const key = leadNameKey(column).replace(/ \d+$/, '')
    const field = fields.find(({ headings }) => headings.some((heading) => leadNameKey(heading) === key))
    if (field === undefined) continue
    if (field.name === 'email' || !Object.values(mapping).includes(field.name)) mapping[column] = field.name
  }
  return mapping
}

const statusWords: Readonly<Record<LeadStatus, readonly string[]>> = {
  open: [
    'open',
    'offen',
    'otwarty',
    'otwarta',
    'öppen',
    'pågående',
    'new',
    'in progress',
    'neu',
    'in arbeit',
    'nowy',
    'w toku',
    'ny',
    'פתוח',
    'בטיפול',
  ],
  won: ['won', 'gewonnen', 'wygrany', 'wygrana', 'vunnen', 'vunnet', 'זכייה', 'נסגר בהצלחה'],
  lost: ['lost', 'verloren', 'przegrany', 'przegrana', 'utracony', 'förlorad', 'förlorat', 'הפסד', 'אבוד'],
  closed: ['closed', 'geschlossen', 'abgeschlossen', 'zamknięty', 'zamknięta', 'stängd', 'avslutad', 'סגור'],
}

/** Null for a word that is none of them. */
export function readStatus(written: string): LeadStatus | null {
  const key = leadNameKey(written)
  const found = (Object.keys(statusWords) as LeadStatus[]).find((status) => statusWords[status].some((word) => leadNameKey(word) === key))
  return found ?? null
}
