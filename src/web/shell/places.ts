/** Where one can go, by role: one list for the side, the bar and the keys. */
import {
  type Icon,
  IconBuilding,
  IconChecklist,
  IconHistory,
  IconInbox,
  IconSearch,
  IconSettings,
  IconTargetArrow,
  IconUser,
  IconUsers,
} from '@tabler/icons-react'
import { mayCall, type Session } from '../session.ts'

export interface Place {
  readonly to: '/confirm' | '/filed' | '/leads' | '/companies' | '/people' | '/tasks' | '/search' | '/admin' | '/account'
  /** Its name in the texts (`nav.…`). */
  readonly name: 'confirm' | 'filed' | 'leads' | 'companies' | 'people' | 'tasks' | 'search' | 'admin' | 'account'
  readonly icon: Icon
  /** `g` and this letter go there. */
  readonly letter?: string
}

const daily: readonly Place[] = [
  { to: '/confirm', name: 'confirm', icon: IconInbox, letter: 'c' },
  { to: '/filed', name: 'filed', icon: IconHistory, letter: 'f' },
  { to: '/leads', name: 'leads', icon: IconTargetArrow, letter: 'l' },
  { to: '/companies', name: 'companies', icon: IconBuilding, letter: 'o' },
  { to: '/people', name: 'people', icon: IconUsers, letter: 'p' },
  { to: '/tasks', name: 'tasks', icon: IconChecklist, letter: 't' },
  { to: '/search', name: 'search', icon: IconSearch },
]
const admin: Place = { to: '/admin', name: 'admin', icon: IconSettings }
const account: Place = { to: '/account', name: 'account', icon: IconUser }

/** Those of every day, and those below them. */
export function placesOf(session: Session): { readonly daily: readonly Place[]; readonly seldom: readonly Place[] } {
  const administers = mayCall(session, 'readTenant')
  return { daily: session.tenant === null ? [] : daily, seldom: administers ? [admin, account] : [account] }
}
