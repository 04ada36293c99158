/**
 * How tall the rows of a list were found to be, kept for whoever comes back to it: with the same heights it is as long as it was, and he stands where he stood.
 * A list that is hidden for a while (on a phone, behind what was opened from it) keeps them as well.
 */
import { measureElement, type VirtualItem, type Virtualizer } from '@tanstack/react-virtual'
import { useEffect, useState } from 'react'

/** Of the lists that were left last. */
const listsKeptMax = 20
const kept = new Map<string, VirtualItem[]>()

function keep(list: string, rows: VirtualItem[]): void {
  kept.delete(list)
  kept.set(list, rows)
  for (const oldest of [...kept.keys()].slice(0, -listsKeptMax)) kept.delete(oldest)
}

/** What is hidden has no height. */
function measureShown(row: HTMLElement, entry: ResizeObserverEntry | undefined, list: Virtualizer<HTMLElement, HTMLElement>): number {
  if (row.offsetHeight > 0) return measureElement(row, entry, list)
  const index = list.indexFromElement(row)
  return list.measurementsCache[index]?.size ?? list.options.estimateSize(index)
}

/** Options of a virtualizer. `list` names what is listed. */
export function keptHeights(list: string) {
  return { initialMeasurementsCache: kept.get(list) ?? [], measureElement: measureShown }
}

export function useKeptHeights(list: string, virtualizer: Virtualizer<HTMLElement, HTMLElement>): void {
  useEffect(() => () => keep(list, virtualizer.takeSnapshot()), [list, virtualizer])
}

/** Names a list by where it stands. */
export function useListName(label: string): string {
  const [name] = useState(() => `${location.pathname} ${label}`)
  return name
}
