import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function TestPage(): ReactElement {
  return <PageStub title="Test" />
}
