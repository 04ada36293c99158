/** The focus stays in a list when what had it goes: it moves to what stands in its place, else to the list. */
import { type RefObject, useEffect, useRef } from 'react'

const focusable = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled)'
const passing = '[role="dialog"], [role="menu"]'

/** The list's children are its rows. The list needs `tabIndex={-1}`. */
export function useKeptFocus<List extends HTMLElement>(): RefObject<List | null> {
  const list = useRef<List>(null)
  const index = useRef(-1)
  useEffect(() => {
    const own = list.current
    if (own === null) return undefined
    const onFocus = ({ target }: FocusEvent): void => {
      index.current = [...own.children].findIndex((row) => row.contains(target as Node))
    }
    // To a dialog or a menu of a row it goes and comes back.
    const onBlur = ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget instanceof Element && !own.contains(relatedTarget) && relatedTarget.closest(passing) === null) index.current = -1
    }
    const onPointer = ({ target }: PointerEvent): void => {
      if (target instanceof Element && !own.contains(target) && target.closest(passing) === null) index.current = -1
    }
    own.addEventListener('focusin', onFocus)
    own.addEventListener('focusout', onBlur)
    document.addEventListener('pointerdown', onPointer)
    return () => {
      own.removeEventListener('focusin', onFocus)
      own.removeEventListener('focusout', onBlur)
      document.removeEventListener('pointerdown', onPointer)
    }
  })
  useEffect(() => {
    const own = list.current
    if (own === null || index.current === -1 || document.activeElement !== document.body) return
    const row = own.children[Math.min(index.current, own.children.length - 1)]
    ;(row?.querySelector<HTMLElement>(focusable) ?? own).focus()
  })
  return list
}
