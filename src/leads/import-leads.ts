/** What a CSV file of leads would change. Pure: rows of the file and rows on file in, rows to write and errors out. */
import { leadNameKey } from '../crm/lead-name.ts'
import { isLeadNumber } from '../crm/lead-number.ts'
import { type Fault, faultOf } from '../failure.ts'
import { newId } from '../id.ts'
import { addressKey } from '../mail/address.ts'
import type { LeadRow } from '../store/load-leads.ts'
import type { ImportCompanies } from './import-companies.ts'
import { readStatus } from './import-fields.ts'
import type { ImportSheet, RowError, SheetRow } from './import-sheet.ts'

/** As the API takes them. */
const numberDigitsMax = 20
const nameCharactersMax = 200

export interface LeadsOnFile {
  readonly byNumber: ReadonlyMap<string, LeadRow>
  /** Users who can sign in, by canonical address. */
  readonly users: ReadonlyMap<string, string>
  readonly companies: ImportCompanies
}

/** A cell that is empty changes nothing. */
export function planLeads(sheet: ImportSheet, onFile: LeadsOnFile): { readonly rows: LeadRow[]; readonly errors: RowError[] } {
  const errors: RowError[] = []
  const lines = new Map<string, number>()
  const rows = sheet.rows.flatMap((row) => {
    const wrong: Wrong = (field, words, fault) => {
      errors.push({ line: row.line, column: sheet.columnOf(field), words, fault })
      return []
    }
    const number = row.text('number')
    if (number === undefined) return wrong('number', 'The number is missing', faultOf('leadNumberMissing'))
    if (!isLeadNumber(number) || number.length > numberDigitsMax)
      return wrong(
        'number',
        `"${number}" is no lead number: digits 0 to 9 alone, at most ${String(numberDigitsMax)}`,
        faultOf('leadNumberWrong', { number, max: numberDigitsMax }),
      )
    const earlier = lines.get(number)
    if (earlier !== undefined) {
      const words = `The number ${number} stands already in line ${String(earlier)}`
      return wrong('number', words, faultOf('leadNumberTwice', { number, line: earlier }))
    }
    lines.set(number, row.line)
    return leadOf(row, number, onFile, wrong)
  })
  return { rows, errors }
}

type Wrong = (field: string, words: string, fault: Fault) => []

function leadOf(row: SheetRow, number: string, onFile: LeadsOnFile, wrong: Wrong): LeadRow[] {
  const old = onFile.byNumber.get(number)
  const name = row.text('name') ?? old?.name
  if (name === undefined) return wrong('name', `Lead ${number} is new and needs a name`, faultOf('leadNameMissing', { number }))
  if (name.length > nameCharactersMax)
    return wrong(
      'name',
      `The name is longer than ${String(nameCharactersMax)} characters`,
      faultOf('nameTooLong', { max: nameCharactersMax }),
    )
  const writtenStatus = row.text('status') ?? ''
  const status = writtenStatus === '' ? (old?.status ?? 'open') : readStatus(writtenStatus)
  if (status === null) {
    const words = `"${writtenStatus}" is no status; it may be open, won, lost or closed`
    return wrong('status', words, faultOf('leadStatusWrong', { status: writtenStatus }))
  }
  const writtenOwner = row.text('owner') ?? ''
  const owner = writtenOwner === '' ? (old?.owner_id ?? null) : onFile.users.get(addressKey(writtenOwner) ?? '')
  if (owner === undefined)
    return wrong('owner', `Nobody here has the address "${writtenOwner}"`, faultOf('ownerUnknown', { address: writtenOwner }))
  const company = onFile.companies.of(row)
  if (company.kind === 'wrong') return wrong(company.column, company.words, company.fault)
  return [
    {
      id: old?.id ?? newId(),
      number,
      name,
      name_key: leadNameKey(name),
      company_id: company.kind === 'none' ? (old?.company_id ?? null) : company.id,
      status,
      owner_id: owner,
    },
  ]
}
