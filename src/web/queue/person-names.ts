/** Who decided or does something, by name; an address that is nobody's (any more) stays as it is. */
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useCall } from '../queries.ts'

/** `rule` is Leadpost itself. */
export function useNameOf(): (actor: string) => string {
  const { t } = useTranslation()
  const { data } = useCall('listUsers', {})
  const users = data?.users
  return useCallback(
    (actor) => (actor === 'rule' ? t('queue.byRule') : (users?.find(({ email }) => email === actor)?.name ?? actor)),
    [t, users],
  )
}
