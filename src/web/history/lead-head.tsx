/** What a lead is, in two lines that stay in sight: number, name, company, status, owner, and what to copy into a mail. */
import { Button, CopyButton, Menu, Tooltip } from '@mantine/core'
import { IconCheck, IconChevronDown, IconCopy, IconPencil } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { KeyHint } from '../parts/key-hint.tsx'
import { tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { patchCalls, useChange } from '../queries.ts'
import { leadStatuses as statuses } from './list-search.ts'
import css from './record-head.module.css'

type Lead = CallAnswer<'readLead'>

export function LeadHead({ lead, onEdit }: { readonly lead: Lead; readonly onEdit: () => void }): ReactElement {
  const { t } = useTranslation()
  const { number, name, company, owner } = lead
  return (
    <header className={css['head']}>
      <title>{`${number} ${name} · Leadpost`}</title>
      <div className={css['words']}>
        <h1 className={css['title']}>
          <span className={css['number']}>{number}</span> <bdi>{name}</bdi>
        </h1>
        <div className={css['line']}>
          <Status lead={lead} />
          {company === null ? (
            <span>{t('lead.noCompany')}</span>
          ) : (
            <Link to="/companies/$id" params={{ id: company.id }} className={css['link']}>
              <bdi>{company.name}</bdi>
            </Link>
          )}
          {owner !== null && (
            <span>
              {t('history.lead.ownedBy')} <bdi>{owner.name}</bdi>
            </span>
          )}
        </div>
      </div>
      <div className={css['actions']} data-actions>
        <CopyIt text={lead.subjectToken} label={t('history.lead.copyToken')} />
        {lead.bcc !== '' && <CopyIt text={lead.bcc} label={t('history.lead.copyBcc')} />}
        <Button variant="default" size="compact-sm" leftSection={<IconPencil size={15} aria-hidden />} onClick={onEdit}>
          {t('history.edit')}
          <span className={css['hint']}>
            <KeyHint keys="e" quiet />
          </span>
        </Button>
      </div>
    </header>
  )
}

/** Says what is copied before and after. */
function CopyIt({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const { t } = useTranslation()
  return (
    <CopyButton value={text} timeout={2_000}>
      {({ copied, copy }) => (
        <Tooltip label={t('history.lead.copies', { text })}>
          <Button
            variant="default"
            size="compact-sm"
            onClick={copy}
            leftSection={copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
          >
            <span aria-live="polite">{copied ? t('common.copied') : label}</span>
          </Button>
        </Tooltip>
      )}
    </CopyButton>
  )
}

function Status({ lead }: { readonly lead: Lead }): ReactElement {
  const { t } = useTranslation()
  const { number, status } = lead
  const change = useChange('updateLead', {
    optimistic: ({ body }) =>
      patchCalls('readLead', (kept) => (kept.number === number && body.status !== undefined ? { ...kept, status: body.status } : kept)),
    invalidates: ['readLead', 'listLeads', 'readCompany'],
    onProblem: tellProblem,
  })
  const choose = (next: Lead['status']): void =>
    change.mutate(
      { params: { number }, body: { version: lead.version, status: next } },
      {
        onSuccess: ({ version }) =>
          tellWithUndo(t('history.lead.statusNow', { status: t(`lead.status.${next}`) }), () =>
            change.mutate({ params: { number }, body: { version, status } }),
          ),
      },
    )
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button
          type="button"
          className={css['status']}
          data-status={status}
          aria-label={t('history.lead.statusIs', { status: t(`lead.status.${status}`) })}
        >
          {t(`lead.status.${status}`)}
          <IconChevronDown size={13} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {statuses.map((one) => (
          <Menu.Item key={one} disabled={one === status} onClick={() => choose(one)}>
            {t(`lead.status.${one}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
