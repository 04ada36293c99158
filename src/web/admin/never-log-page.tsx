import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function NeverLogPage(): ReactElement {
  return <PageStub title="NeverLog" />
}
