import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function AuditPage(): ReactElement {
  return <PageStub title="Audit" />
}
