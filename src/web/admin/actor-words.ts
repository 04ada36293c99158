/** Whoever did something, as people call him: the trail has addresses, `rule`, `operator`, and `apiKey:ID`. */
import type { TFunction } from 'i18next'

export function actorWords(t: TFunction, actor: string): string {
  if (actor === 'rule' || actor === 'operator') return t(`admin.actor.${actor}`)
  return actor.startsWith('apiKey:') ? t('admin.actor.apiKey') : actor
}
