/**
 * What happens at the server, as it happens: one EventSource for all tabs of a browser (a lock makes one of them the listener, which tells the
 * others), so that six open tabs do not use up the connections that a browser has for one host. Each event says by its kind which kept answers
 * are out of date; whoever wants to show something (a popup) subscribes.
 */
import { useEffect, useSyncExternalStore } from 'react'
import type { CallName } from '../api/calls.ts'
import type { eventShape } from '../api/shapes-events.ts'
import { callUrl } from './api-client.ts'
import { gathered } from './gathered.ts'
import { invalidateCalls, queryClient } from './queries.ts'

export type LiveEvent = (typeof eventShape)['_zod']['output']
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'offline'

const queue = ['listConfirmations', 'countConfirmations', 'listSiblings'] as const
const history = ['listRecentEntries', 'readHistory', 'readCompanyHistory', 'readContactPersonHistory', 'readLead'] as const

const outOfDateBy: Readonly<Record<LiveEvent['kind'], readonly CallName[]>> = {
  'confirmation.opened': [...queue, 'readLead'],
  'confirmation.settled': [...queue, 'readLead'],
  'confirmation.reopened': [...queue, 'readLead'],
  'confirmation.changed': [...queue, 'readLead'],
  'confirmation.claimed': ['listConfirmations'],
  'confirmation.released': ['listConfirmations'],
  'history.appended': [...history, 'listLeads'],
  'history.moved': history,
  'history.undone': history,
  'history.changed': history,
  'health.changed': ['readHealth', 'listMailboxes', 'listMessages', 'listFailedOffers'],
}
const kinds = Object.keys(outOfDateBy) as LiveEvent['kind'][]
/** A mail whole may be large: of these only the one that the event is about is out of date. */
const ofOne = ['readConfirmation', 'readEntry'] as const
const everything = [...new Set([...Object.values(outOfDateBy).flat(), ...ofOne])]

/** What the pages of operators show, but for lists that go on (fresh-first-page.ts): they are told that something changed, and not what. */
const installation = [
  'readHealth',
  'readTenantHealth',
  'listTenants',
  'listHostNames',
  'listMailboxes',
  'listFailedOffers',
  'readMessage',
] as const

/** Events of a batch arrive together; what they make out of date is asked for at the first, and once for all that follow so soon. */
const gatherMs = 60
/** Two frames of the screen. */
const shownFirstMs = 33
const reopenAfterMsMin = 1_000
const reopenAfterMsMax = 30_000

/** `reload`: more happened than is told one by one. `asks`: a tab that was just opened wants to know the state. */
type Told = { readonly event: LiveEvent } | { readonly state: LiveState } | { readonly reload: true } | { readonly asks: true }

const subscribers = new Set<(event: LiveEvent) => void>()
/** Since the page is live, for the popup, whose code comes after the first events may; null once it has them. */
let early: LiveEvent[] | null = []
const earlyMax = 50
const reloaders = new Set<() => void>()
const watchers = new Set<() => void>()
let state: LiveState = 'connecting'

function setState(next: LiveState): void {
  if (next === state) return
  state = next
  for (const watcher of watchers) watcher()
}

const outOfDate = gathered<CallName>(gatherMs, (names) => void invalidateCalls(...new Set(names)))

function take(event: LiveEvent): void {
  early = early === null ? null : [...early, event].slice(-earlyMax)
  for (const subscriber of subscribers) subscriber(event)
  const ask = (): void => {
    outOfDate.add(...(outOfDateBy[event.kind] ?? []))
    for (const name of ofOne) void queryClient.invalidateQueries({ queryKey: [name, { params: { id: event.id } }] })
  }
  if (event.question === undefined && event.entry === undefined) ask()
  // What the event itself says is on the screen first.
  else setTimeout(ask, shownFirstMs)
}

function reload(names: readonly CallName[]): void {
  outOfDate.add(...names)
  for (const reloader of reloaders) reloader()
}

/** Listens until the returned function is called. */
function listen(url: string, tell: (told: Told) => void): () => void {
  let source: EventSource | null = null
  let reopenAfterMs = reopenAfterMsMin
  let reopening: ReturnType<typeof setTimeout> | null = null
  let missed = false
  const open = (): void => {
    source = new EventSource(url)
    source.addEventListener('open', () => {
      reopenAfterMs = reopenAfterMsMin
      tell({ state: 'live' })
      // A new connection does not know where the old one ended.
      if (missed) tell({ reload: true })
      missed = false
    })
    const onEvent = ({ data }: MessageEvent<string>): void => tell({ event: JSON.parse(data) as LiveEvent })
    for (const kind of kinds) source.addEventListener(kind, onEvent)
    source.addEventListener('reload', () => tell({ reload: true }))
    source.addEventListener('error', () => {
      tell({ state: navigator.onLine ? 'reconnecting' : 'offline' })
      // A browser goes on by itself, with Last-Event-ID, but for an answer that is no stream.
      if (source?.readyState !== EventSource.CLOSED) return
      missed = true
      reopening = setTimeout(open, reopenAfterMs)
      reopenAfterMs = Math.min(reopenAfterMs * 2, reopenAfterMsMax)
    })
  }
  const close = (): void => {
    source?.close()
    if (reopening !== null) clearTimeout(reopening)
  }
  // A stream that was cut off quietly may take minutes to notice.
  const onOnline = (): void => {
    close()
    missed = true
    tell({ state: 'reconnecting' })
    open()
  }
  const onOffline = (): void => tell({ state: 'offline' })
  globalThis.addEventListener('online', onOnline)
  globalThis.addEventListener('offline', onOffline)
  open()
  return () => {
    globalThis.removeEventListener('online', onOnline)
    globalThis.removeEventListener('offline', onOffline)
    close()
  }
}

/** Starts for the signed-in tenant, or (null) operator; the returned function ends it. Without locks (plain HTTP) each tab listens for itself. */
function startLive(tenant: string | null): () => void {
  const url = tenant === null ? callUrl('listOperatorEvents', {}) : callUrl('listEvents', { params: { tenant } })
  const stop = new AbortController()
  const own = (told: Told): void => {
    if ('event' in told) take(told.event)
    else if ('reload' in told) reload(tenant === null ? installation : everything)
    else if ('state' in told) setState(told.state)
  }
  if (!('locks' in navigator) || !('BroadcastChannel' in globalThis)) return listen(url, own)

  const name = `leadpost-live-${tenant ?? ''}`
  const channel = new BroadcastChannel(name)
  let leads = false
  const tellOthers = (told: Told): void => {
    try {
      channel.postMessage(told)
    } catch {
      // The tab is going away, and its channel went first.
    }
  }
  const tellAll = (told: Told): void => {
    own(told)
    tellOthers(told)
  }
  channel.addEventListener('message', ({ data }: MessageEvent<Told>) => {
    if (!('asks' in data)) own(data)
    else if (leads) tellOthers({ state })
  })
  tellOthers({ asks: true })
  navigator.locks
    .request(name, { signal: stop.signal }, async () => {
      // Between two listeners something may have been missed; the first of all has missed nothing.
      if (state !== 'connecting') tellAll({ reload: true })
      leads = true
      const close = listen(url, tellAll)
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }))
      close()
    })
    .catch(() => undefined)
  return () => {
    stop.abort()
    channel.close()
  }
}

/** Keeps the page live while it is shown; null for operators. */
export function useLive(tenant: string | null): void {
  useEffect(() => {
    const stop = startLive(tenant)
    return () => {
      stop()
      setState('connecting')
      early = []
    }
  }, [tenant])
}

/** Hands over each event while the component is shown. `run` should be stable (useCallback). */
export function useLiveEvents(run: (event: LiveEvent) => void): void {
  useEffect(() => {
    subscribers.add(run)
    return () => {
      subscribers.delete(run)
    }
  }, [run])
}

/** As useLiveEvents, and first what came in before it: for one subscriber, whose code is loaded later than the page. */
export function useAllLiveEvents(run: (event: LiveEvent) => void): void {
  useLiveEvents(run)
  useEffect(() => {
    for (const event of early ?? []) run(event)
    early = null
  }, [run])
}

/** More happened than was told one by one: for whoever keeps something right by events. `run` should be stable. */
export function useLiveReload(run: () => void): void {
  useEffect(() => onLiveReload(run), [run])
}

/** The returned function ends it. */
export function onLiveReload(run: () => void): () => void {
  reloaders.add(run)
  return () => {
    reloaders.delete(run)
  }
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => state,
  )
}
