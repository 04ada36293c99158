/** What is made together with an answer: contact persons out of the mail's people, a follow-up task, and who else gets the same answer. */
import { useMemo, useState } from 'react'
import type { Answer } from './answering.ts'
import type { Question } from './claim.ts'
import type { Row } from './queue-list.ts'

type NewPerson = NonNullable<Extract<Answer, { kind: 'append' }>['newContactPersons']>[number]

export interface TaskDraft {
  readonly title: string
  /** `2026-11-02`, or empty. */
  readonly dueOn: string
  /** An address; empty is oneself. */
  readonly assignee: string
}

export interface Draft {
  readonly people: ReadonlyMap<string, NewPerson>
  readonly task: TaskDraft | null
  readonly siblings: readonly Row[]
  readonly togglePerson: (address: string) => void
  readonly toggleEverybody: () => void
  readonly rename: (address: string, name: string) => void
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

export function useDraft({ unknownPeople }: Question): Draft {
  const [people, setPeople] = useState<ReadonlyMap<string, NewPerson>>(new Map())
  const [task, setTask] = useState<TaskDraft | null>(null)
  const [siblings, setSiblings] = useState<readonly Row[]>([])
  return useMemo(() => {
    const withPerson = (to: ReadonlyMap<string, NewPerson>, address: string): ReadonlyMap<string, NewPerson> => {
      const name = unknownPeople.find((person) => person.address === address)?.name ?? null
      return new Map([...to, [address, { address, name: guessedName(address, name) }]])
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
      rename(address, name) {
        setPeople((now) => new Map([...now].map(([each, person]) => [each, each === address ? { ...person, name } : person])))
      },
      append(lead) {
        const named = [...people.values()].filter(({ name }) => name.trim() !== '')
        return {
          kind: 'append',
          lead,
          ...(named.length === 0 ? {} : { newContactPersons: named }),
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
