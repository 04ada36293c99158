/** A contact history as a list: newest first, by days, and each thread in one place where that is wished. */
import { Button } from '@mantine/core'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { type ReactElement, useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Formats, useFormats } from '../parts/formats.ts'
import { useLatest } from '../parts/latest.ts'
import type { Entries } from './entries.ts'
import type { Entry } from './entry-pages.ts'
import { EntryRow } from './entry-row.tsx'
import { VirtualList } from './virtual-list.tsx'
import css from './entry-list.module.css'

const rowPixels = 70
const dayMs = 86_400_000

export interface EntryListProps {
  readonly list: Entries
  readonly openId: string | null
  readonly showLead: boolean
  readonly byThread: boolean
  /** What was filed last stands first, not what happened last. */
  readonly byFiling: boolean
  /** `walked`: by key, past it. */
  readonly onOpen: (id: string, walked: boolean) => void
}

interface Item {
  readonly entry: Entry
  /** The day's name above its first entry. */
  readonly day: string | null
  /** How many older mails of its thread are loaded, where it stands for them. */
  readonly older: number
  readonly isOlder: boolean
}

export function EntryList({ list, openId, showLead, byThread, byFiling, onOpen }: EntryListProps): ReactElement {
  const { t, i18n } = useTranslation()
  const formats = useFormats()
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const nameOf = useMemo(() => dayNames(formats, i18n.language), [formats, i18n.language])
  const items = useMemo(() => {
    const rows = byThread ? threaded(list.entries, unfolded) : list.entries.map(single)
    return withDays(rows, (entry) => nameOf(timeOf(entry, byFiling)))
  }, [list.entries, byThread, byFiling, unfolded, nameOf])
  const latest = useLatest(onOpen)
  /** The same for all rows and for good. */
  const opener = useCallback((id: string) => latest.current(id, false), [latest])
  const toggle = (thread: string): void =>
    setUnfolded((before) => {
      const after = new Set(before)
      if (!after.delete(thread)) after.add(thread)
      return after
    })
  return (
    <VirtualList
      items={items}
      keyOf={({ entry }) => entry.id}
      rowPixels={rowPixels}
      label={t('history.list.label')}
      more={list.query}
      current={openId}
      onWalk={({ entry }) => (openId === null ? undefined : onOpen(entry.id, true))}
    >
      {({ entry, day, older, isOlder }) => (
        <>
          {day !== null && <h2 className={css['day']}>{day}</h2>}
          <div className={css['entry']} data-older={isOlder || undefined}>
            <EntryRow
              entry={entry}
              isOpen={entry.id === openId}
              isFresh={entry.id !== openId && list.fresh.has(entry.id)}
              showLead={showLead}
              at={timeOf(entry, byFiling)}
              onOpen={opener}
            />
            {older > 0 && entry.thread !== null && (
              <Thread count={older} isUnfolded={unfolded.has(entry.thread)} onToggle={() => toggle(entry.thread ?? '')} />
            )}
          </div>
        </>
      )}
    </VirtualList>
  )
}

function Thread({
  count,
  isUnfolded,
  onToggle,
}: {
  readonly count: number
  readonly isUnfolded: boolean
  readonly onToggle: () => void
}): ReactElement {
  const { t } = useTranslation()
  const Icon = isUnfolded ? IconChevronUp : IconChevronDown
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      className={css['thread']}
      leftSection={<Icon size={14} aria-hidden />}
      aria-expanded={isUnfolded}
      onClick={onToggle}
    >
      {t('history.list.earlier', { count })}
    </Button>
  )
}

function timeOf({ occurredAt, recordedAt }: Entry, byFiling: boolean): string {
  return byFiling ? recordedAt : occurredAt
}

function single(entry: Entry): Item {
  return { entry, day: null, older: 0, isOlder: false }
}

/** Each thread stands where its newest mail stands, the others below it once it is unfolded. */
function threaded(entries: readonly Entry[], unfolded: ReadonlySet<string>): Item[] {
  const threads = Map.groupBy(
    entries.filter(({ thread }) => thread !== null),
    ({ thread }) => thread ?? '',
  )
  return entries.flatMap((entry): Item[] => {
    const thread = entry.thread === null ? [entry] : (threads.get(entry.thread) ?? [entry])
    if (thread[0] !== entry) return []
    const head = { ...single(entry), older: thread.length - 1 }
    if (entry.thread === null || !unfolded.has(entry.thread)) return [head]
    return [head, ...thread.slice(1).map((older) => ({ ...single(older), isOlder: true }))]
  })
}

function withDays(items: readonly Item[], nameOf: (entry: Entry) => string): Item[] {
  let before: string | null = null
  return items.map((item) => {
    if (item.isOlder) return item
    const day = nameOf(item.entry)
    const isNew = day !== before
    before = day
    return isNew ? { ...item, day } : item
  })
}

/** `Today`, `Yesterday`, then dates, in the reader's zone. */
function dayNames(formats: Formats, language: string): (at: string) => string {
  const key = new Intl.DateTimeFormat('en-CA', { timeZone: formats.timeZone, dateStyle: 'short' })
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const capital = (word: string): string => word.charAt(0).toLocaleUpperCase(language) + word.slice(1)
  const now = Date.now()
  const near = new Map([0, 1].map((days) => [key.format(now - days * dayMs), capital(ago.format(-days, 'day'))]))
  // Ten thousand dates are not written anew because sixty more came.
  const known = new Map<string, string>()
  return (at) => {
    const name = known.get(at)
    if (name !== undefined) return name
    const day = key.format(new Date(at))
    const made = near.get(day) ?? formats.day(day)
    known.set(at, made)
    return made
  }
}
