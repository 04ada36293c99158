/**
 * Words beside a thing while it is pointed at or has the focus: `<Tip label="…"><button /></Tip>`. One layer shows them all, since lists have a hundred
 * things that say more, and none of them should cost anything until somebody asks.
 */
import { cloneElement, type ReactElement, useEffect, useLayoutEffect, useRef, useState } from 'react'
import css from './tip.module.css'

const attribute = 'data-tip'
const layerId = 'lp-tip'
const afterMs = 350
/** Between a thing and its words, and between these and the edge of the window. */
const gapPixels = 6

export interface TipProps {
  /** Nothing where it is empty. */
  readonly label: string
  readonly children: ReactElement<Record<string, unknown>>
}

export function Tip({ label, children }: TipProps): ReactElement {
  return label === '' ? children : cloneElement(children, { [attribute]: label })
}

interface Shown {
  readonly target: Element
  readonly words: string
}

/** Once, in the frame. Escape takes the words away; they never stand in the way of a click. */
export function TipLayer(): ReactElement | null {
  const shown = useShown()
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (shown !== null && box.current !== null) place(box.current, shown.target.getBoundingClientRect())
  }, [shown])
  useEffect(() => {
    if (shown === null) return undefined
    const { target, words } = shown
    // What is its name already need not be said twice.
    if (target.hasAttribute('aria-describedby') || target.getAttribute('aria-label') === words) return undefined
    target.setAttribute('aria-describedby', layerId)
    return () => target.removeAttribute('aria-describedby')
  }, [shown])
  return shown === null ? null : (
    <div ref={box} id={layerId} role="tooltip" className={css['tip']}>
      {shown.words}
    </div>
  )
}

function useShown(): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    const hide = (): void => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      setShown(null)
    }
    const ask = (from: EventTarget | null, waitMs: number): void => {
      const target = from instanceof Element ? from.closest(`[${attribute}]`) : null
      hide()
      if (target === null) return
      timer = setTimeout(() => {
        const words = target.getAttribute(attribute)
        if (target.isConnected && words !== null) setShown({ target, words })
      }, waitMs)
    }
    // A finger says nothing by resting there.
    const onPoint = (event: PointerEvent): void => (event.pointerType === 'mouse' ? ask(event.target, afterMs) : hide())
    const onFocus = ({ target }: FocusEvent): void =>
      target instanceof Element && target.matches(':focus-visible') ? ask(target, 0) : undefined
    const onKey = ({ key }: KeyboardEvent): void => (key === 'Escape' ? hide() : undefined)
    const stop = new AbortController()
    const { signal } = stop
    document.addEventListener('pointerover', onPoint, { signal })
    document.addEventListener('focusin', onFocus, { signal })
    document.addEventListener('keydown', onKey, { signal })
    for (const kind of ['pointerdown', 'focusout'] as const) document.addEventListener(kind, hide, { signal })
    document.addEventListener('scroll', hide, { signal, capture: true, passive: true })
    return () => {
      stop.abort()
      if (timer !== null) clearTimeout(timer)
    }
  }, [])
  return shown
}

/** Above it, or below where there is no room; always within the window. */
function place(box: HTMLElement, target: DOMRect): void {
  const { width, height } = box.getBoundingClientRect()
  const room = document.documentElement
  const above = target.top - height - gapPixels
  const left = target.left + target.width / 2 - width / 2
  box.style.top = `${String(above >= gapPixels ? above : target.bottom + gapPixels)}px`
  box.style.left = `${String(Math.min(Math.max(left, gapPixels), room.clientWidth - width - gapPixels))}px`
}
