import type { ReactElement } from 'react'
import { PageStub } from '../parts/page-stub.tsx'

export function SettingsPage(): ReactElement {
  return <PageStub title="Settings" />
}
