import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function AddressesPage(): ReactElement {
  return <PageStub title="Addresses" />
}
