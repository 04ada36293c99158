/** Why an entry stands where it does: what speaks for it and against it, and what was done with it since it came. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { EvidenceChips } from '../parts/evidence-chip.tsx'
import css from './why-here.module.css'

type EntryWhole = CallAnswer<'readEntry'>
type Deed = EntryWhole['past'][number]

const told = [
  'mailAppended',
  'mailCapturedAgain',
  'confirmationOpened',
  'confirmationOffered',
  'confirmationConfirmed',
  'confirmationDismissed',
  'confirmationReopened',
  'entryMoved',
  'entryUndone',
  'mailMadePrivate',
  'mailMadePublic',
] as const
type ToldAction = (typeof told)[number]

/** `heading` below the one of the mail. */
export function WhyHere({ entry, heading: Heading }: { readonly entry: EntryWhole; readonly heading: 'h2' | 'h3' }): ReactElement {
  const { t } = useTranslation()
  const past = entry.past.flatMap((deed) => {
    const action = told.find((one) => one === deed.action)
    return action === undefined ? [] : [{ deed, action }]
  })
  return (
    <section className={css['why']} aria-labelledby="why-here">
      <Heading id="why-here" className={css['title']}>
        {t('history.why.title')}
      </Heading>
      <p className={css['decided']}>
        {entry.decidedBy === 'rule'
          ? t(entry.evidence.length > 0 ? 'history.why.byRule' : 'history.why.byRuleAlone')
          : t('history.why.byPerson', { person: entry.decidedBy })}
      </p>
      <EvidenceChips evidence={entry.evidence} />
      {past.length > 0 && (
        <ol className={css['past']}>
          {past.map(({ deed, action }) => (
            <PastLine key={deed.at + action} deed={deed} action={action} />
          ))}
        </ol>
      )}
    </section>
  )
}

/** The trail names leads as `from lead 1 to lead 2`, `lead 2`. */
const leadsForm = /^(?:from lead (\d+))?(?: ?to )?(?:lead (\d+))?/

function PastLine({ deed, action }: { readonly deed: Deed; readonly action: ToldAction }): ReactElement {
  const { t } = useTranslation()
  const [, from = '', lead = ''] = leadsForm.exec(deed.detail) ?? []
  return (
    <li>
      <DateText at={deed.at} as="full" />
      <span>
        {t(`history.past.${action}`, { from, lead })}
        {deed.actor !== 'rule' && (
          <>
            {' · '}
            <bdi>{deed.actor}</bdi>
          </>
        )}
      </span>
    </li>
  )
}
