/** Which keys count now, by group; on `?`. */
import { Modal } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from './key-hint.tsx'
import { useShortcutGroups } from './shortcuts.ts'
import css from './shortcut-help.module.css'

export function ShortcutHelp({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const groups = useShortcutGroups()
  return (
    <Modal opened onClose={onClose} title={t('keys.title')} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <div className={css['groups']}>
        {groups.toReversed().map((group) => (
          <section key={group.id}>
            <h3 className={css['title']}>{group.title}</h3>
            <dl className={css['list']}>
              {group.shortcuts
                .filter(({ hidden, enabled }) => hidden !== true && enabled !== false)
                .map(({ keys, label }) => (
                  <div key={keys.join()} className={css['row']}>
                    <dt>{label}</dt>
                    <dd className={css['keys']}>
                      {keys.map((key, index) => (
                        <span key={key} className={css['keys']}>
                          {index > 0 && <span className="lp-quiet">{t('keys.or')}</span>}
                          <KeyHint keys={key} />
                        </span>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  )
}
