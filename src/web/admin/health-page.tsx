import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function HealthPage(): ReactElement {
  return <PageStub title="Health" />
}
