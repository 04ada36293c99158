/** How often a page asks by itself, besides live events: an operator's rarely while these come, for they tell of everything that it shows. */
import { useLiveState } from '../live.ts'
import { useSession } from '../session.ts'

const oftenMs = 5_000
const rarelyMs = 30_000

export function usePollMs(everyMs = oftenMs): number {
  const { tenant } = useSession()
  const isTold = useLiveState() === 'live' && tenant === null
  return isTold ? rarelyMs : everyMs
}
