/** A page that failed as a whole: the API's answer in words, a newer version of the page, or a fault of ours. */
import { Button } from '@mantine/core'
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../api-client.ts'
import { EmptyState } from './empty-state.tsx'
import { PageBody } from './page-header.tsx'
import { ProblemNote } from './problem-note.tsx'

/** A file that is gone since the program was upgraded: browsers have different words for it. */
const isOutdated = (words: string): boolean => /dynamically imported module|Importing a module script|module script failed/i.test(words)

export function PageFault({ error, reset }: ErrorComponentProps): ReactElement {
  const { t } = useTranslation()
  const router = useRouter()
  if (error instanceof ApiProblem) {
    const retry = (): void => {
      reset()
      void router.invalidate()
    }
    return (
      <PageBody>
        <ProblemNote problem={error} onRetry={retry} />
      </PageBody>
    )
  }
  const words = error instanceof Error ? error.message : String(error)
  return (
    <PageBody>
      <EmptyState
        title={isOutdated(words) ? t('problem.pageOld') : t('problem.pageBroken')}
        words={isOutdated(words) ? undefined : <code>{words}</code>}
        action={<Button onClick={() => globalThis.location.reload()}>{t('problem.reload')}</Button>}
      />
    </PageBody>
  )
}
