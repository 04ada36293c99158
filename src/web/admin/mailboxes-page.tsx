import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function MailboxesPage(): ReactElement {
  return <PageStub title="Mailboxes" />
}
