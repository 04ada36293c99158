import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function ImportPage(): ReactElement {
  return <PageStub title="Import" />
}
