/** Others that the same answer may fit (same thread, same sender and conflict), with a preview; those that are checked get it too. */
import { Button, Checkbox } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { KeyHint } from '../parts/key-hint.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { useCall } from '../queries.ts'
import type { Question } from './claim.ts'
import type { Draft } from './draft.ts'
import css from './siblings-box.module.css'

/** Shown at once, and so many more each time. */
const shownAtOnce = 40

export interface SiblingsBoxProps {
  readonly question: Question
  readonly draft: Draft
}

export function SiblingsBox({ question, draft }: SiblingsBoxProps): ReactElement {
  const { t } = useTranslation()
  const [opened, setOpened] = useState(false)
  const toggle = (): void => {
    if (opened) draft.setSiblings([])
    setOpened(!opened)
  }
  useShortcuts(t('queue.keys.answer'), [{ keys: ['s'], label: t('queue.keys.siblings'), run: toggle }])
  return (
    <div className={css['box']}>
      <Button
        variant="subtle"
        size="compact-sm"
        className={css['open']}
        aria-expanded={opened}
        leftSection={<IconStack2 size={15} aria-hidden />}
        rightSection={<KeyHint keys="s" quiet />}
        onClick={toggle}
      >
        {t('queue.siblings.button', { count: question.siblings })}
      </Button>
      {opened && <Siblings question={question} draft={draft} />}
    </div>
  )
}

function Siblings({ question, draft }: SiblingsBoxProps): ReactElement {
  const { t } = useTranslation()
  const [shown, setShown] = useState(shownAtOnce)
  const { data, error, refetch } = useCall('listSiblings', { params: { id: question.id } })
  if (error !== null) return <ProblemNote problem={error} onRetry={() => void refetch()} />
  if (data === undefined) return <ListSkeleton rows={2} height={40} />
  const chosen = new Set(draft.siblings.map(({ id }) => id))
  const all = data.siblings.every(({ id }) => chosen.has(id))
  return (
    <fieldset className={css['siblings']}>
      <legend className={css['legend']}>{t('queue.siblings.words')}</legend>
      {data.siblings.length > 1 && (
        <Checkbox
          size="xs"
          label={t('common.all')}
          checked={all}
          indeterminate={!all && chosen.size > 0}
          onChange={() => draft.setSiblings(all ? [] : data.siblings)}
        />
      )}
      {data.siblings.slice(0, shown).map((row) => (
        <Checkbox
          key={row.id}
          size="xs"
          checked={chosen.has(row.id)}
          onChange={() =>
            draft.setSiblings(chosen.has(row.id) ? draft.siblings.filter(({ id }) => id !== row.id) : [...draft.siblings, row])
          }
          label={
            <span className={css['words']}>
              <span className={css['first']}>
                <span className={css['subject']}>
                  <bdi>{row.subject.trim() === '' ? t('mail.noSubject') : row.subject}</bdi>
                </span>
                <span className={css['age']}>
                  <DateText at={row.receivedAt} />
                </span>
              </span>
              <span className={css['preview']}>
                <bdi>{row.preview}</bdi>
              </span>
              <span className={css['why']}>{t(`queue.siblings.${row.why}`)}</span>
            </span>
          }
          classNames={{ body: css['sibling'] ?? '', labelWrapper: css['label'] ?? '' }}
        />
      ))}
      {data.siblings.length > shown && (
        <Button variant="subtle" size="compact-xs" onClick={() => setShown(shown + shownAtOnce)}>
          {t('common.more')}
        </Button>
      )}
    </fieldset>
  )
}
