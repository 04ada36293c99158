import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function MessagesPage(): ReactElement {
  return <PageStub title="Messages" />
}
