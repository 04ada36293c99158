/**
 * The API's answers as they are kept in the page. Every key begins with the call's name, so that a live event, or a change, says by name what is out of date:
 *
 *     const lead = useCall('readLead', { params: { number } })              one answer
 *     const queue = usePages('listConfirmations', { query: { state } })     a list that goes on, by `next`
 *     const answer = useChange('answerConfirmation', { invalidates: ['listConfirmations'] })
 *     answer.mutate({ params: { id }, body: { kind: 'append', lead } })
 */
import {
  type InfiniteData,
  MutationCache,
  notifyManager,
  QueryCache,
  QueryClient,
  queryOptions,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
  useMutation,
  type UseMutationResult,
  useQuery,
  type UseQueryResult,
} from '@tanstack/react-query'
import type { CallName } from '../api/calls.ts'
import type { CallAnswer } from '../api/contract.ts'
import { ApiProblem, callApi, type CallInput } from './api-client.ts'

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiProblem
  }
}

// What was answered is drawn in the same turn: a timer would cost it the next frame of the screen.
notifyManager.setScheduler(queueMicrotask)

const retriesMax = 2
/** Live events tell what changed, so an answer is not asked for again before this but by them. */
const staleAfterMs = 30_000

let onSignedOut: () => void = () => undefined
/** What to do once the session is over (the router goes to the sign-in page). */
export function whenSignedOut(run: () => void): void {
  onSignedOut = run
}

/** Here it means that the password was wrong, not that the session is over. */
const askForPassword: ReadonlySet<unknown> = new Set<CallName>(['signIn', 'changePassword'])

function noticeEnd(error: Error): void {
  if (error instanceof ApiProblem && error.code === 'notSignedIn') onSignedOut()
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    // The first question of all is whether somebody is signed in; that nobody is, is no end of a session.
    onError: (error, query) => (query.queryKey[0] !== 'readSession' || query.state.data !== undefined ? noticeEnd(error) : undefined),
  }),
  mutationCache: new MutationCache({
    onError: (error, _input, _rollbacks, mutation) =>
      askForPassword.has(mutation.options.mutationKey?.[0]) ? undefined : noticeEnd(error),
  }),
  defaultOptions: {
    queries: {
      staleTime: staleAfterMs,
      retry: (failures, error) => failures < retriesMax && error.passing,
      retryDelay: (failures, error) =>
        error.retryAfterSeconds === null ? 500 * 2 ** failures : Math.min(error.retryAfterSeconds, 10) * 1_000,
    },
    // Never twice: the first may have reached the server.
    mutations: { retry: false },
  },
})

function callKey<Name extends CallName>(name: Name, input: CallInput<Name>): [Name, CallInput<Name>] {
  return [name, input]
}

/** For loaders and `queryClient`; components take `useCall`. */
export function callQuery<Name extends CallName>(name: Name, input: CallInput<Name>) {
  return queryOptions<CallAnswer<Name>>({
    queryKey: callKey(name, input),
    queryFn: ({ signal }) => callApi(name, input, signal),
  })
}

export interface ReadOptions {
  /** False: do not ask (yet). */
  readonly enabled?: boolean
  /** While other input is loaded the answer before stays on the screen. */
  readonly keepPrevious?: boolean
  readonly staleAfterMs?: number
  readonly refetchEveryMs?: number
}

function optionsOf({ enabled = true, keepPrevious = false, staleAfterMs: stale = staleAfterMs, refetchEveryMs }: ReadOptions) {
  return {
    enabled,
    staleTime: stale,
    ...(keepPrevious ? { placeholderData: <T>(previous: T | undefined) => previous } : {}),
    ...(refetchEveryMs === undefined ? {} : { refetchInterval: refetchEveryMs }),
  }
}

/** One answer of the API, kept up to date. */
export function useCall<Name extends CallName>(
  name: Name,
  input: CallInput<Name>,
  options: ReadOptions = {},
): UseQueryResult<CallAnswer<Name>> {
  const query = callQuery(name, input)
  return useQuery({ ...query, ...optionsOf(options) } as typeof query)
}

/** Calls that answer a page and where the next one begins. */
type PagedCall = { [Name in CallName]: CallAnswer<Name> extends { next?: string | undefined } ? Name : never }[CallName]

/** A list that goes on: `data.pages`, `fetchNextPage()`, `hasNextPage`. */
export function usePages<Name extends PagedCall>(
  name: Name,
  input: CallInput<Name>,
  options: ReadOptions = {},
): UseInfiniteQueryResult<InfiniteData<CallAnswer<Name>, string | null>> {
  return useInfiniteQuery<CallAnswer<Name>, ApiProblem, InfiniteData<CallAnswer<Name>, string | null>, readonly unknown[], string | null>({
    queryKey: [name, 'pages', input],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) => {
      const loose = input as { readonly query?: Readonly<Record<string, unknown>> }
      const paged = pageParam === null ? input : { ...loose, query: { ...loose.query, after: pageParam } }
      return callApi(name, paged as CallInput<Name>, signal)
    },
    getNextPageParam: (page: { next?: string | undefined }) => page.next ?? null,
    ...(optionsOf(options) as { enabled: boolean }),
  })
}

/** Says that these are out of date: what is on the screen is asked for again at once, the rest when it is shown. */
export async function invalidateCalls(...names: readonly CallName[]): Promise<void> {
  await Promise.all(names.map((name) => queryClient.invalidateQueries({ queryKey: [name] })))
}

/** Puts an answer back as it was. */
export type Rollback = () => void

/** Changes every kept answer of a call at once, page by page, before the server agrees; what it hands back undoes that. */
export function patchCalls<Name extends CallName>(name: Name, patch: (answer: CallAnswer<Name>) => CallAnswer<Name>): Rollback {
  const kept = queryClient.getQueriesData<CallAnswer<Name> | InfiniteData<CallAnswer<Name>>>({ queryKey: [name] })
  void queryClient.cancelQueries({ queryKey: [name] })
  for (const [key, data] of kept) {
    if (data === undefined) continue
    queryClient.setQueryData(key, isPaged(data) ? { ...data, pages: data.pages.map(patch) } : patch(data))
  }
  return () => {
    for (const [key, data] of kept) queryClient.setQueryData(key, data)
  }
}

function isPaged<T>(data: T | InfiniteData<T>): data is InfiniteData<T> {
  return typeof data === 'object' && data !== null && 'pageParams' in data
}

export interface ChangeOptions<Name extends CallName> {
  /** Shows the change before the server agrees (see `patchCalls`). */
  readonly optimistic?: (input: CallInput<Name>) => Rollback | readonly Rollback[]
  /** What is out of date afterwards, whether it worked or not. */
  readonly invalidates?: readonly CallName[]
  readonly onDone?: (answer: CallAnswer<Name>, input: CallInput<Name>) => void
  readonly onProblem?: (problem: ApiProblem, input: CallInput<Name>) => void
}

/** A call that changes something. Never tried again by itself. */
export function useChange<Name extends CallName>(
  name: Name,
  { optimistic, invalidates = [], onDone, onProblem }: ChangeOptions<Name> = {},
): UseMutationResult<CallAnswer<Name>, ApiProblem, CallInput<Name>, readonly Rollback[]> {
  return useMutation<CallAnswer<Name>, ApiProblem, CallInput<Name>, readonly Rollback[]>({
    mutationKey: [name],
    mutationFn: (input) => callApi(name, input),
    onMutate: (input) => [optimistic?.(input) ?? []].flat(),
    onSuccess: (answer, input) => onDone?.(answer, input),
    onError: (problem, input, rollbacks) => {
      for (const rollback of (rollbacks ?? []).toReversed()) rollback()
      onProblem?.(problem, input)
    },
    onSettled: () => invalidateCalls(...invalidates),
  })
}
