/** What an admin has to do until mail is filed by itself, in order, and how far it is. */
import { useCall } from '../queries.ts'

export type StepName = 'hostName' | 'record' | 'people' | 'leads' | 'mail'

export interface Step {
  readonly name: StepName
  readonly to: '/admin/host-names' | '/admin/people' | '/admin/import' | '/admin/test'
  readonly isDone: boolean
}

export interface Setup {
  /** Null until it is known. */
  readonly steps: readonly Step[] | null
  readonly error: Error | null
  readonly refetch: () => void
}

/** Whoever comes back from a step sees it done. */
const now = { staleAfterMs: 0 } as const
const everyMs = 5_000

/** The first step, or none, that is not done is the next one. */
export function useSetup(): Setup {
  const hosts = useCall('listHostNames', {}, now)
  const users = useCall('listUsers', {}, now)
  const leads = useCall('listLeads', { query: { limit: 1 } }, now)
  const health = useCall('readHealth', {}, { ...now, refetchEveryMs: everyMs })
  const queries = [hosts, users, leads, health]
  const error = queries.find((query) => query.error !== null)?.error ?? null
  const refetch = (): void => {
    for (const query of queries) void query.refetch()
  }
  if (hosts.data === undefined || users.data === undefined || leads.data === undefined || health.data === undefined)
    return { steps: null, error, refetch }
  const { hostNames } = hosts.data
  const steps: readonly Step[] = [
    { name: 'hostName', to: '/admin/host-names', isDone: hostNames.length > 0 },
    { name: 'record', to: '/admin/host-names', isDone: hostNames.some(({ state }) => state !== 'claimed') },
    { name: 'people', to: '/admin/people', isDone: users.data.users.filter(({ disabled }) => !disabled).length > 1 },
    { name: 'leads', to: '/admin/import', isDone: leads.data.leads.length > 0 },
    { name: 'mail', to: '/admin/test', isDone: health.data.lastMailAt !== null },
  ]
  return { steps, error, refetch }
}
