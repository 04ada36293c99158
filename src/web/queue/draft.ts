/** What is made together with an answer: contact persons out of the mail's people, a follow-up task, and who else gets the same answer. */
import { useMemo, useState } from 'react'
import type { CompanyChoice } from '../parts/company-picker.tsx'
import type { Answer } from './answering.ts'
import type { Question } from './claim.ts'
import type { Row } from './queue-list.ts'

type NewPerson = NonNullable<Extract<Answer, { kind: 'append' }>['newContactPersons']>[number]

export interface PersonDraft {
  readonly address: string
  readonly name: string
  /** Null: the lead's. */
  readonly company: CompanyChoice | null
}

export interface TaskDraft {
  readonly title: string
  /** `2026-11-02`, or empty. */
  readonly dueOn: string
  /** An address; empty is oneself. */
  readonly assignee: string
}

export interface Draft {
  readonly people: ReadonlyMap<string, PersonDraft>
  readonly task: TaskDraft | null
  readonly siblings: readonly Row[]
  readonly togglePerson: (address: string) => void
  readonly toggleEverybody: () => void
  readonly changePerson: (address: string, change: Partial<Omit<PersonDraft, 'address'>>) => void
  readonly setTask: (task: TaskDraft | null) => void
  readonly setSiblings: (rows: readonly Row[]) => void
  /** The answer with all that. */
  readonly append: (lead: string) => Answer
}

const nameMax = 200

/** `eva.muster@acme.example` is likely Eva Muster. */
export function guessedName(address: string, name: string | null): string {
  if (name !== null && name.trim() !== '') return name.trim().slice(0, nameMax)
  const words = address.split('@', 1)[0]?.split(/[._-]+/) ?? []
  return words
    .filter((word) => word !== '')
    .map((word) => (word[0]?.toUpperCase() ?? '') + word.slice(1))
    .join(' ')
    .slice(0, nameMax)
}

function written({ address, name, company }: PersonDraft): NewPerson {
  if (company === null) return { address, name }
  return { address, name, ...('id' in company ? { companyId: company.id } : { companyName: company.name }) }
}

export function useDraft({ unknownPeople }: Question): Draft {
  const [people, setPeople] = useState<ReadonlyMap<string, PersonDraft>>(new Map())
  const [task, setTask] = useState<TaskDraft | null>(null)
  const [siblings, setSiblings] = useState<readonly Row[]>([])
  return useMemo(() => {
    const withPerson = (to: ReadonlyMap<string, PersonDraft>, address: string): ReadonlyMap<string, PersonDraft> => {
      const name = unknownPeople.find((person) => person.address === address)?.name ?? null
      return new Map([...to, [address, { address, name: guessedName(address, name), company: null }]])
    }
    return {
      people,
      task,
      siblings,
      setTask,
      setSiblings,
      togglePerson(address) {
        setPeople((now) => (now.has(address) ? new Map([...now].filter(([each]) => each !== address)) : withPerson(now, address)))
      },
      toggleEverybody() {
        setPeople((now) => {
          if (unknownPeople.every(({ address }) => now.has(address))) return new Map()
          return unknownPeople.reduce((all, { address }) => (all.has(address) ? all : withPerson(all, address)), now)
        })
      },
      changePerson(address, change) {
        setPeople((now) => new Map([...now].map(([each, person]) => [each, each === address ? { ...person, ...change } : person])))
      },
      append(lead) {
        const named = [...people.values()].filter(({ name }) => name.trim() !== '')
        return {
          kind: 'append',
          lead,
          ...(named.length === 0 ? {} : { newContactPersons: named.map(written) }),
          ...(task === null || task.title.trim() === ''
            ? {}
            : {
                task: {
                  title: task.title.trim(),
                  dueOn: task.dueOn === '' ? null : task.dueOn,
                  ...(task.assignee === '' ? {} : { assignee: task.assignee }),
                },
              }),
        }
      },
    }
  }, [people, task, siblings, unknownPeople])
}
