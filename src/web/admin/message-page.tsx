import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function MessagePage(): ReactElement {
  return <PageStub title="Message" />
}
