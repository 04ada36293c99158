import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function ProviderPage(): ReactElement {
  return <PageStub title="Provider" />
}
