/** A tenant's settings while somebody changes them. Whoever saves second sees what the first changed, and keeps his own changes. */
import { useState } from 'react'
import type { CallAnswer, SentBody } from '../../api/contract.ts'
import { patchCalls, queryClient, useCall, useChange } from '../queries.ts'
import { sessionQuery } from '../session.ts'

type Tenant = CallAnswer<'readTenant'>
type Change = Omit<SentBody<'updateTenant'>, 'version'>

export interface Settings {
  readonly name: string
  readonly locale: string
  readonly timeZone: string
  readonly currency: string
  readonly unauthenticatedSender: Tenant['policy']['unauthenticatedSender']
  readonly internalMail: Tenant['policy']['internalMail']
  readonly onlyOpenLead: Tenant['policy']['onlyOpenLead']
}
export type SettingName = keyof Settings

const names: readonly SettingName[] = ['name', 'locale', 'timeZone', 'currency', 'unauthenticatedSender', 'internalMail', 'onlyOpenLead']

function settingsOf({ name, locale, timeZone, currency, policy }: Tenant): Settings {
  return { name, locale, timeZone, currency, ...policy }
}

export interface SettingsDraft {
  /** Null until they are read. */
  readonly shown: Settings | null
  readonly isChanged: boolean
  readonly isPending: boolean
  readonly readProblem: Error | null
  readonly saveProblem: Error | null
  /** What somebody else changed meanwhile; null where nobody did. */
  readonly theirs: readonly SettingName[] | null
  readonly set: <Name extends SettingName>(name: Name, value: Settings[Name]) => void
  readonly save: () => void
  readonly refetch: () => void
}

export function useSettingsDraft(onSaved: () => void): SettingsDraft {
  const [own, setOwn] = useState<Partial<Settings>>({})
  const [theirs, setTheirs] = useState<readonly SettingName[] | null>(null)
  const read = useCall('readTenant', {})
  const put = (tenant: Tenant): void => {
    patchCalls('readTenant', () => tenant)
  }
  const update = useChange('updateTenant', {
    onDone: (tenant) => {
      put(tenant)
      setOwn({})
      setTheirs(null)
      // The frame shows the company's name.
      void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
      onSaved()
    },
    onProblem: (problem) => {
      if (problem.status !== 409 || problem.current === undefined || read.data === undefined) return
      const [before, now] = [settingsOf(read.data), settingsOf(problem.current as Tenant)]
      setTheirs(names.filter((name) => before[name] !== now[name]))
      put(problem.current as Tenant)
    },
  })
  const kept = read.data === undefined ? null : settingsOf(read.data)
  const changed = kept === null ? [] : names.filter((name) => own[name] !== undefined && own[name] !== kept[name])
  return {
    shown: kept === null ? null : { ...kept, ...own },
    isChanged: changed.length > 0,
    isPending: update.isPending,
    readProblem: read.error,
    saveProblem: update.error?.status === 409 ? null : update.error,
    theirs,
    set: (name, value) => setOwn({ ...own, [name]: value }),
    save() {
      if (read.data === undefined || update.isPending || changed.length === 0) return
      update.mutate({ body: { version: read.data.version, ...changeOf(own, changed) } })
    },
    refetch: () => void read.refetch(),
  }
}

const policies: readonly SettingName[] = ['unauthenticatedSender', 'internalMail', 'onlyOpenLead']

function changeOf(own: Partial<Settings>, changed: readonly SettingName[]): Change {
  const pick = (those: readonly SettingName[]): object => Object.fromEntries(those.map((name) => [name, own[name]]))
  const policy = changed.filter((name) => policies.includes(name))
  return {
    ...pick(changed.filter((name) => !policies.includes(name))),
    ...(policy.length === 0 ? {} : { policy: pick(policy) }),
  }
}
