/** Find anything from anywhere: leads, companies, people, mails by the API's search as one types; loaded when it is first opened. */
import '@mantine/spotlight/styles.layer.css'
import { useDebouncedValue } from '@mantine/hooks'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import { IconBuilding, IconMail, IconSearch, IconTargetArrow, IconUsers } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { Excerpt } from '../parts/excerpt.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { useSession } from '../session.ts'
import { placesOf } from './places.ts'
import css from './find-anything.module.css'

type Hit = CallAnswer<'search'>['hits'][number]

const waitMs = 120
const hitsMax = 8
const icons = { lead: IconTargetArrow, company: IconBuilding, contactPerson: IconUsers, entry: IconMail } as const
const [store, spotlight] = createSpotlight()

/** What is found comes after what was typed, so Enter would go to whatever stood first before. */
function selectFirst(): void {
  const list = document.querySelector(`#${CSS.escape(store.getState().listId || 'none')}`)
  for (const action of list?.querySelectorAll('[data-selected]') ?? []) action.removeAttribute('data-selected')
  list?.querySelector('[data-action]')?.setAttribute('data-selected', 'true')
  store.updateState((state) => ({ ...state, selected: 0 }))
}

/** Open while it is shown. */
export function FindAnything({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [query, setQuery] = useState('')
  const [asked] = useDebouncedValue(query.trim(), waitMs)
  const found = useCall('search', { query: { q: asked, limit: hitsMax } }, { enabled: asked !== '', keepPrevious: true })
  useEffect(() => spotlight.open(), [])
  const goTo = (go: () => Promise<void>) => (): void => {
    spotlight.close()
    void go()
  }
  const hits = asked === '' ? [] : (found.data?.hits ?? [])
  const first = `${asked} ${hits[0]?.id ?? ''}`
  useEffect(() => {
    if (first !== '') selectFirst()
  }, [first])
  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      clearQueryOnClose={false}
      scrollable
      maxHeight="60vh"
      centered={false}
      yOffset="12vh"
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      radius="lg"
      classNames={{ action: css['action'] ?? '' }}
      attributes={{ content: { 'aria-label': t('find.button') } }}
    >
      <Spotlight.Search
        classNames={{ input: css['field'] ?? '' }}
        placeholder={t('find.placeholder')}
        aria-label={t('find.placeholder')}
        leftSection={<IconSearch size={18} aria-hidden />}
      />
      <Spotlight.ActionsList>
        {hits.map((hit) => (
          <HitAction key={`${hit.kind} ${hit.id}`} hit={hit} onGo={goTo} />
        ))}
        {asked !== '' && (
          <Spotlight.Action
            onClick={goTo(() => navigate({ to: '/search', search: { q: asked } }))}
            leftSection={<IconSearch size={18} aria-hidden />}
            label={t('find.everything', { q: asked })}
          />
        )}
        {asked === '' && <Places onGo={goTo} />}
        {asked !== '' && found.error !== null && <ProblemNote problem={found.error} />}
        {asked !== '' && found.data?.hits.length === 0 && !found.isPlaceholderData && (
          <Spotlight.Empty>{t('find.nothing')}</Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

type GoTo = (go: () => Promise<void>) => () => void

function HitAction({ hit, onGo }: { readonly hit: Hit; readonly onGo: GoTo }): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const Icon = icons[hit.kind]
  const go = (): Promise<void> => {
    if (hit.kind === 'lead') return navigate({ to: '/leads/$number', params: { number: hit.lead ?? '' } })
    if (hit.kind === 'company') return navigate({ to: '/companies/$id', params: { id: hit.id } })
    if (hit.kind === 'contactPerson') return navigate({ to: '/people/$id', params: { id: hit.id } })
    return navigate({ to: '/filed/$id', params: { id: hit.id } })
  }
  return (
    <Spotlight.Action onClick={onGo(go)}>
      <Icon size={18} stroke={1.6} aria-hidden className={css['icon']} />
      <span className={css['words']}>
        <span className={css['title']}>
          {hit.lead !== null && <span className={css['number']}>{hit.lead}</span>}
          <bdi>{hit.title}</bdi>
        </span>
        <span className={css['below']}>
          {[t(`find.${hit.kind}`), hit.company].filter((word) => word !== null).join(' · ')}
          {hit.excerpt !== null && hit.kind === 'entry' && (
            <>
              {' · '}
              <Excerpt text={hit.excerpt} />
            </>
          )}
        </span>
      </span>
    </Spotlight.Action>
  )
}

function Places({ onGo }: { readonly onGo: GoTo }): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { daily, seldom } = placesOf(useSession())
  return (
    <Spotlight.ActionsGroup label={t('find.goTo')}>
      {[...daily, ...seldom].map(({ to, name, icon: Icon }) => (
        <Spotlight.Action
          key={to}
          onClick={onGo(() => navigate({ to }))}
          label={t(`nav.${name}`)}
          leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
        />
      ))}
    </Spotlight.ActionsGroup>
  )
}
