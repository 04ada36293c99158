/** What moves under the reader's hand is not answered by it: a key that was meant for the first candidate must not file at another that has just taken its place. */
import { useEffect, useState } from 'react'

/** Time to see that something has changed. */
const stillForMs = 1_500

/** False for a moment after `words` have changed while the component was shown. */
export function useSteady(words: string): boolean {
  const [seen, setSeen] = useState(words)
  useEffect(() => {
    if (seen === words) return undefined
    const timer = setTimeout(() => setSeen(words), stillForMs)
    return () => clearTimeout(timer)
  }, [seen, words])
  return seen === words
}
