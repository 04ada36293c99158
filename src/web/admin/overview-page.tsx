/** What is still to be done until mail is filed by itself, and how it goes since. */
import { IconArrowRight, IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { useFormats } from '../parts/formats.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { useSession } from '../session.ts'
import { CopyLine, CopyLines } from './copy-line.tsx'
import { LinkButton } from './link-button.tsx'
import { Panel } from './panel.tsx'
import { type Step, useSetup } from './setup.ts'
import css from './overview-page.module.css'

export function OverviewPage(): ReactElement {
  const { t } = useTranslation()
  const { tenant, crmAddresses } = useSession()
  const { steps, error, refetch } = useSetup()
  const done = steps?.filter(({ isDone }) => isDone).length ?? 0
  const words =
    steps === null
      ? undefined
      : done === steps.length
        ? t('admin.overview.allDone')
        : t('admin.overview.words', { done, all: steps.length })
  return (
    <PageBody>
      <PageHeader title={t('admin.overview.title')} shown={<bdi>{tenant?.name}</bdi>} words={words ?? t('common.loading')} />
      {error !== null && <ProblemNote problem={error} onRetry={refetch} />}
      {steps === null && error === null && <ListSkeleton rows={5} height={64} />}
      {steps !== null && done < steps.length && <Checklist steps={steps} />}
      <Panel title={t('admin.overview.address')} words={t('admin.overview.addressWords')}>
        <CopyLines>
          {crmAddresses.map((address) => (
            <CopyLine key={address} label={t('admin.addresses.address')} value={address} />
          ))}
        </CopyLines>
      </Panel>
      <Panel title={t('admin.overview.mail')}>
        <Figures />
      </Panel>
      {steps !== null && done === steps.length && (
        <Panel title={t('admin.overview.setup')}>
          <Checklist steps={steps} />
        </Panel>
      )}
    </PageBody>
  )
}

function Checklist({ steps }: { readonly steps: readonly Step[] }): ReactElement {
  const { t } = useTranslation()
  const next = steps.findIndex(({ isDone }) => !isDone)
  return (
    <ol className={css['steps']} aria-label={t('admin.overview.title')}>
      {steps.map(({ name, to, isDone }, index) => (
        <li key={name} className={css['step']} data-state={isDone ? 'done' : index === next ? 'next' : 'later'}>
          <span className={css['mark']} aria-hidden>
            {isDone ? <IconCheck size={15} stroke={2.5} /> : index + 1}
          </span>
          <div className={css['stepWords']}>
            <span className={css['stepName']}>
              {t(`admin.overview.step.${name}`)}
              <span className="lp-unseen"> ({t(isDone ? 'admin.overview.done' : 'admin.overview.open')})</span>
            </span>
            <span className={css['stepWhy']}>{t(`admin.overview.why.${name}`)}</span>
          </div>
          <LinkButton
            to={to}
            size="compact-sm"
            variant={index === next ? 'filled' : 'default'}
            rightSection={<IconArrowRight size={14} aria-hidden className={css['arrow']} />}
            aria-label={`${t(isDone ? 'admin.overview.look' : 'admin.overview.go')}: ${t(`admin.overview.step.${name}`)}`}
          >
            {t(isDone ? 'admin.overview.look' : 'admin.overview.go')}
          </LinkButton>
        </li>
      ))}
    </ol>
  )
}

/** Each leads to the list that it counts. */
function Figures(): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { data, error, refetch } = useCall('readHealth', {})
  if (error !== null) return <ProblemNote problem={error} onRetry={() => void refetch()} />
  if (data === undefined) return <ListSkeleton rows={1} height={64} />
  const count = (state: string): number => data.byState[state] ?? 0
  return (
    <ul className={css['figures']}>
      <li>
        <Link to="/filed" className={css['figure']}>
          <strong>{formats.number(count('appended'))}</strong>
          <span>{t('admin.state.appended')}</span>
        </Link>
      </li>
      <li>
        <Link to="/confirm" className={css['figure']}>
          <strong>{formats.number(count('inReview'))}</strong>
          <span>{t('admin.state.inReview')}</span>
        </Link>
      </li>
      <li>
        <Link to="/admin/messages" search={{ state: 'failed' }} className={css['figure']} data-bad={count('failed') > 0 || undefined}>
          <strong>{formats.number(count('failed'))}</strong>
          <span>{t('admin.state.failed')}</span>
        </Link>
      </li>
      <li>
        <Link to="/admin/health" className={css['figure']}>
          <strong>{data.lastMailAt === null ? t('common.none') : <DateText at={data.lastMailAt} />}</strong>
          <span>{t('admin.health.lastMail')}</span>
        </Link>
      </li>
    </ul>
  )
}
