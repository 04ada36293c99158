import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function KeysPage(): ReactElement {
  return <PageStub title="Keys" />
}
