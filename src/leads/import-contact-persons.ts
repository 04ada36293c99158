/** What a CSV file of contact persons would change. Pure: rows of the file and rows on file in, rows to write and errors out. */
import { leadNameKey } from '../crm/lead-name.ts'
import { type Fault, faultOf } from '../failure.ts'
import { newId } from '../id.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import type { ContactAddressRow, ContactPersonRow } from '../store/load-people.ts'
import type { ImportCompanies } from './import-companies.ts'
import type { ImportSheet, RowError, SheetRow } from './import-sheet.ts'

const nameCharactersMax = 200
const keyCharactersMax = 200

export interface PeopleOnFile {
  /** Those with a key of the file, those of its companies, and those who have an address of the file. */
  readonly persons: readonly ContactPersonRow[]
  readonly addresses: readonly ContactAddressRow[]
  /** Addresses of the file that are the tenant's own, or the CRM's. */
  readonly own: ReadonlySet<AddressKey>
  readonly companies: ImportCompanies
}

export interface PeoplePlan {
  readonly rows: ContactPersonRow[]
  /** Added to those that a person has. */
  readonly addresses: ContactAddressRow[]
  readonly errors: RowError[]
}

/** Every address of the file that is one. */
export function addressesOf(rows: readonly SheetRow[]): AddressKey[] {
  return [...new Set(rows.flatMap((row) => writtenAddresses(row).flatMap((written) => addressKey(written) ?? [])))]
}

/** One cell may hold several. */
function writtenAddresses(row: SheetRow): string[] {
  return row.texts('email').flatMap((cell) => cell.split(/[\s,;]+/).filter((written) => written !== ''))
}

/**
 * A person is known again by his key; without one by an address that somebody of the same company has, else by his name there. Addresses are added,
 * none is taken away.
 */
export function planContactPersons(sheet: ImportSheet, onFile: PeopleOnFile): PeoplePlan {
  const planner = new Planner(onFile)
  for (const row of sheet.rows)
    planner.add(row, (field, words, fault) => planner.errors.push({ line: row.line, column: sheet.columnOf(field), words, fault }))
  return planner
}

type Wrong = (field: string, words: string, fault: Fault) => void

class Planner implements PeoplePlan {
  readonly rows: ContactPersonRow[] = []
  readonly addresses: ContactAddressRow[] = []
  readonly errors: RowError[] = []
  readonly #onFile: PeopleOnFile
  readonly #byKey: Map<string, ContactPersonRow>
  readonly #byName: Map<string, ContactPersonRow>
  readonly #byId: Map<string, ContactPersonRow>
  /** Person ids by address, on file and planned. */
  readonly #holders: Map<string, string[]>
  /** In which line a person was named. */
  readonly #lines = new Map<string, number>()

  constructor(onFile: PeopleOnFile) {
    this.#onFile = onFile
    this.#byKey = new Map(onFile.persons.flatMap((person) => (person.key === null ? [] : [[person.key, person] as const])))
    this.#byName = new Map(onFile.persons.map((person) => [nameAt(person.company_id, person.name_key), person]))
    this.#byId = new Map(onFile.persons.map((person) => [person.id, person]))
    this.#holders = new Map()
    for (const { address_key: key, contact_person_id: id } of onFile.addresses) this.#hold(key, id)
  }

  add(row: SheetRow, wrong: Wrong): void {
    const read = this.#read(row, wrong)
    if (read === null) return
    const { name, key, companyId, addresses } = read
    const old = this.#find(key, companyId, name, addresses)
    const person: ContactPersonRow = {
      id: old?.id ?? newId(),
      key: key ?? old?.key ?? null,
      company_id: companyId,
      name,
      name_key: leadNameKey(name),
    }
    const earlier = this.#lines.get(person.id)
    if (earlier !== undefined) {
      const words = `${name} stands already in line ${String(earlier)}; put all addresses into one line`
      return wrong('name', words, faultOf('personTwice', { name, line: earlier }))
    }
    const taken = addresses.find((address) => this.#isTaken(address.key, person))
    if (taken !== undefined) {
      const words = `${taken.key} belongs to somebody else at the same company already`
      return wrong('email', words, faultOf('addressOfOther', { address: taken.key }))
    }
    this.#lines.set(person.id, row.line)
    this.#keep(person)
    for (const { key: address, written } of addresses) {
      if (this.#holders.get(address)?.includes(person.id) === true) continue
      this.#hold(address, person.id)
      this.addresses.push({ address_key: address, contact_person_id: person.id, address: written })
    }
  }

  #read(row: SheetRow, wrong: Wrong) {
    const name = row.text('name')
    if (name === undefined) return this.#no(wrong, 'name', 'The name is missing', faultOf('nameMissing'))
    if (name.length > nameCharactersMax)
      return this.#no(
        wrong,
        'name',
        `The name is longer than ${String(nameCharactersMax)} characters`,
        faultOf('nameTooLong', { max: nameCharactersMax }),
      )
    const key = row.text('key')
    if (key !== undefined && key.length > keyCharactersMax)
      return this.#no(
        wrong,
        'key',
        `The key is longer than ${String(keyCharactersMax)} characters`,
        faultOf('keyTooLong', { max: keyCharactersMax }),
      )
    const company = this.#onFile.companies.of(row)
    if (company.kind === 'none') return this.#no(wrong, 'company', 'The company is missing', faultOf('companyMissing'))
    if (company.kind === 'wrong') return this.#no(wrong, company.column, company.words, company.fault)
    const written = writtenAddresses(row)
    if (written.length === 0) return this.#no(wrong, 'email', 'The mail address is missing', faultOf('addressMissing'))
    const addresses = new Map<AddressKey, { readonly key: AddressKey; readonly written: string }>()
    for (const one of written) {
      const address = addressKey(one)
      const shown = one.slice(0, 100)
      if (address === null)
        return this.#no(wrong, 'email', `"${shown}" is not plainly one mail address`, faultOf('addressWrong', { address: shown }))
      if (this.#onFile.own.has(address))
        return this.#no(
          wrong,
          'email',
          `${address} belongs to your own people; a contact person is somebody at a client`,
          faultOf('addressOwn', { address }),
        )
      addresses.set(address, { key: address, written: one })
    }
    return { name, key, companyId: company.id, addresses: [...addresses.values()] }
  }

  #no(wrong: Wrong, field: string, words: string, fault: Fault): null {
    wrong(field, words, fault)
    return null
  }

  #find(
    key: string | undefined,
    companyId: string,
    name: string,
    addresses: readonly { readonly key: AddressKey }[],
  ): ContactPersonRow | undefined {
    if (key !== undefined && this.#byKey.has(key)) return this.#byKey.get(key)
    const holder = addresses
      .flatMap((address) => this.#holders.get(address.key) ?? [])
      .map((id) => this.#byId.get(id))
      .find((person) => person?.company_id === companyId && (key === undefined || person.key === null))
    const named = this.#byName.get(nameAt(companyId, leadNameKey(name)))
    return holder ?? (named !== undefined && (key === undefined || named.key === null) ? named : undefined)
  }

  #isTaken(address: AddressKey, person: ContactPersonRow): boolean {
    return (this.#holders.get(address) ?? []).some((id) => id !== person.id && this.#byId.get(id)?.company_id === person.company_id)
  }

  #keep(person: ContactPersonRow): void {
    this.rows.push(person)
    this.#byId.set(person.id, person)
    this.#byName.set(nameAt(person.company_id, person.name_key), person)
    if (person.key !== null) this.#byKey.set(person.key, person)
  }

  #hold(address: string, id: string): void {
    this.#holders.set(address, [...(this.#holders.get(address) ?? []), id])
  }
}

function nameAt(companyId: string, nameKey: string): string {
  return `${companyId} ${nameKey}`
}
