/**
 * Keys of the page: a component says which it answers while it is shown, one listener hears them, and the help on `?` lists what counts now.
 *
 *     useShortcuts(t('queue.title'), [{ keys: ['j', 'ArrowDown'], label: t('queue.next'), run: next }])
 *
 * `mod+k` is Ctrl or Cmd; `g l` is one after the other. Keys do nothing while somebody types, nor behind a dialog, unless `anywhere`.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react'

export interface Shortcut {
  /** Several ways to the same. The first is shown in hints. */
  readonly keys: readonly string[]
  readonly label: string
  readonly run: (event: KeyboardEvent) => void
  /** Also while typing and in dialogs. */
  readonly anywhere?: boolean
  /** Left out of the help. */
  readonly hidden?: boolean
  readonly enabled?: boolean
}

/** Whose key it is where two answer the same: a page's comes before the frame's, what lies over the page before both. */
export type Layer = 'frame' | 'page' | 'above'
const layers: readonly Layer[] = ['frame', 'page', 'above']

export interface ShortcutGroup {
  /** Changes with what is listed. */
  readonly id: string
  readonly layer: Layer
  readonly title: string
  readonly shortcuts: readonly Shortcut[]
}

/** Two keys that belong together follow within this. */
const sequenceMs = 1_200

let groups: readonly ShortcutGroup[] = []
const watchers = new Set<() => void>()
let before: { readonly key: string; readonly at: number } | null = null

function setGroups(next: readonly ShortcutGroup[]): void {
  groups = next.toSorted((one, other) => layers.indexOf(one.layer) - layers.indexOf(other.layer))
  for (const watcher of watchers) watcher()
}

/** `KeyJ` on a keyboard that writes other letters (Hebrew) is j all the same. */
function letterOf(event: KeyboardEvent): string {
  if (event.key.length > 1 || event.key.codePointAt(0)! < 128) return event.key
  return /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase() ?? event.key
}

function nameOf(event: KeyboardEvent): string {
  const letter = letterOf(event)
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : ''
  const alt = event.altKey ? 'alt+' : ''
  // A shifted character is itself (`?`), a shifted letter or named key says so.
  const shift = event.shiftKey && (letter.length > 1 || /^[a-z]$/i.test(letter)) ? 'shift+' : ''
  return mod + alt + shift + (letter.length === 1 ? letter.toLowerCase() : letter)
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'range', 'file'].includes(target.type)
}

/** What a button or a link does by itself when it has the focus is what was meant. */
function isItsOwn(name: string, target: EventTarget | null): boolean {
  return (
    (name === 'Enter' || name === ' ') && target instanceof Element && target.closest('a[href], button, summary, [role="button"]') !== null
  )
}

function isBehindDialog(target: EventTarget | null): boolean {
  const dialog = document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"]')
  return dialog !== null && !(target instanceof Node && dialog.contains(target) && dialog.hasAttribute('data-own-keys'))
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const name = nameOf(event)
  const follows = before !== null && Date.now() - before.at < sequenceMs ? `${before.key} ${name}` : null
  if (isItsOwn(name, event.target)) return
  const held = isTyping(event.target) || isBehindDialog(event.target)
  before = held || name.includes('+') || ['Shift', 'Control', 'Alt', 'Meta'].includes(name) ? before : { key: name, at: Date.now() }
  // What two keys mean together comes before what the second means alone.
  const found = (follows === null ? null : find(follows, held)) ?? find(name, held)
  if (found === null) return
  event.preventDefault()
  before = null
  found.run(event)
}

/** The newest group first, of the layer that lies highest. */
function find(name: string, held: boolean): Shortcut | null {
  for (const group of groups.toReversed()) {
    const found = group.shortcuts.find(
      ({ keys, enabled, anywhere }) => enabled !== false && (!held || anywhere === true) && keys.includes(name),
    )
    if (found !== undefined) return found
  }
  return null
}

/** Answers these keys while the component is shown. */
export function useShortcuts(title: string, shortcuts: readonly Shortcut[], layer: Layer = 'page'): void {
  const current = useRef(shortcuts)
  const shape = shortcuts
    .map(({ keys, label, enabled, hidden }) => `${keys.join(',')}|${label}|${enabled !== false}|${hidden === true}`)
    .join('\n')
  useEffect(() => {
    current.current = shortcuts
  })
  useEffect(() => {
    // Runs the newest function of its place, so that a group need not be made anew at each render.
    const group: ShortcutGroup = {
      id: shape,
      layer,
      title,
      shortcuts: current.current.map((shortcut, index) => ({ ...shortcut, run: (event) => current.current[index]?.run(event) })),
    }
    if (groups.length === 0) globalThis.addEventListener('keydown', onKey)
    setGroups([...groups, group])
    return () => {
      setGroups(groups.filter((other) => other !== group))
      if (groups.length === 0) globalThis.removeEventListener('keydown', onKey)
    }
  }, [title, shape, layer])
}

/** What the help lists. */
export function useShortcutGroups(): readonly ShortcutGroup[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => groups,
  )
}
