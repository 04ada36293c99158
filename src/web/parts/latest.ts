/** The newest value for functions that are made once: what is remembered by them is not drawn anew because of it. */
import { type RefObject, useLayoutEffect, useRef } from 'react'

export function useLatest<T>(value: T): Readonly<RefObject<T>> {
  const latest = useRef(value)
  useLayoutEffect(() => {
    latest.current = value
  })
  return latest
}
