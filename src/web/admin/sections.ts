/** The pages of administering, in groups, and who sees which. */
import {
  type Icon,
  IconAt,
  IconBuildingBank,
  IconBuildings,
  IconChecklist,
  IconFileImport,
  IconHeartbeat,
  IconHistory,
  IconInbox,
  IconKey,
  IconListDetails,
  IconMailCheck,
  IconMailOff,
  IconSettings,
  IconUsers,
  IconWorldCheck,
} from '@tabler/icons-react'
import type { CallName } from '../../api/calls.ts'
import { mayCall, type Session } from '../session.ts'

export type SectionName =
  | 'overview'
  | 'tenants'
  | 'hostNames'
  | 'addresses'
  | 'mailboxes'
  | 'neverLog'
  | 'people'
  | 'provider'
  | 'keys'
  | 'import'
  | 'settings'
  | 'health'
  | 'messages'
  | 'test'
  | 'audit'

export interface Section {
  readonly name: SectionName
  readonly to: `/admin${string}` & SectionPath
  readonly icon: Icon
  /** Whoever may make it, has this page. */
  readonly needs: CallName
}

type SectionPath =
  | '/admin'
  | '/admin/host-names'
  | '/admin/addresses'
  | '/admin/mailboxes'
  | '/admin/never-log'
  | '/admin/people'
  | '/admin/sign-in'
  | '/admin/keys'
  | '/admin/import'
  | '/admin/settings'
  | '/admin/health'
  | '/admin/messages'
  | '/admin/test'
  | '/admin/audit'

export interface SectionGroup {
  readonly name: 'start' | 'mail' | 'team' | 'data' | 'care'
  readonly sections: readonly Section[]
}

const groups: readonly SectionGroup[] = [
  {
    name: 'start',
    sections: [
      { name: 'overview', to: '/admin', icon: IconChecklist, needs: 'updateTenant' },
      { name: 'tenants', to: '/admin', icon: IconBuildings, needs: 'listTenants' },
    ],
  },
  {
    name: 'mail',
    sections: [
      { name: 'hostNames', to: '/admin/host-names', icon: IconWorldCheck, needs: 'addHostName' },
      { name: 'addresses', to: '/admin/addresses', icon: IconAt, needs: 'updateTenant' },
      { name: 'mailboxes', to: '/admin/mailboxes', icon: IconInbox, needs: 'addMailbox' },
      { name: 'neverLog', to: '/admin/never-log', icon: IconMailOff, needs: 'listNeverLogRules' },
    ],
  },
  {
    name: 'team',
    sections: [
      { name: 'people', to: '/admin/people', icon: IconUsers, needs: 'inviteUser' },
      { name: 'provider', to: '/admin/sign-in', icon: IconBuildingBank, needs: 'readOidc' },
      { name: 'keys', to: '/admin/keys', icon: IconKey, needs: 'listApiKeys' },
    ],
  },
  {
    name: 'data',
    sections: [
      { name: 'import', to: '/admin/import', icon: IconFileImport, needs: 'runImport' },
      { name: 'settings', to: '/admin/settings', icon: IconSettings, needs: 'updateTenant' },
    ],
  },
  {
    name: 'care',
    sections: [
      { name: 'health', to: '/admin/health', icon: IconHeartbeat, needs: 'readHealth' },
      { name: 'messages', to: '/admin/messages', icon: IconListDetails, needs: 'replayMessage' },
      { name: 'test', to: '/admin/test', icon: IconMailCheck, needs: 'sendProbe' },
      { name: 'audit', to: '/admin/audit', icon: IconHistory, needs: 'listAudit' },
    ],
  },
]

export function groupsOf(session: Session): readonly SectionGroup[] {
  return groups
    .map(({ name, sections }) => ({ name, sections: sections.filter(({ needs }) => mayCall(session, needs)) }))
    .filter(({ sections }) => sections.length > 0)
}

/** Which page an address belongs to, whether or not it is for this session. */
export function sectionAt(path: string, session: Session): Section | null {
  const all = groups.flatMap(({ sections }) => sections)
  const isBelow = ({ name, to }: Section): boolean =>
    to === '/admin'
      ? path === to || path === '/admin/' || (name === 'tenants' && path.startsWith('/admin/tenants/'))
      : path.startsWith(`${to}/`)
  const found = all.filter((section) => path === section.to || isBelow(section))
  return found.find(({ needs }) => mayCall(session, needs)) ?? found[0] ?? null
}
