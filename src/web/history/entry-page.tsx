/** One entry by itself, for links from elsewhere. */
import { useNavigate, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryView } from './entry-view.tsx'
import css from './entry-page.module.css'

export function EntryPage(): ReactElement {
  const { t } = useTranslation()
  const { id } = useParams({ from: '/shell/filed/$id' })
  const navigate = useNavigate()
  return (
    <div className={css['page']} data-scroll>
      <title>{`${t('nav.filed')} · Leadpost`}</title>
      <EntryView
        id={id}
        showLead
        heading="h1"
        onClose={null}
        onGone={(movedTo) =>
          void (movedTo === null ? navigate({ to: '/filed' }) : navigate({ to: '/leads/$number', params: { number: movedTo.lead.number } }))
        }
      />
    </div>
  )
}
