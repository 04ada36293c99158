/** Pages that come with words of their own. */
import { lazyRouteComponent } from '@tanstack/react-router'
import { openTextPart, type TextPart } from './language.ts'

/** In place of `lazyRouteComponent`. */
export function pageWith(...parts: readonly TextPart[]): typeof lazyRouteComponent {
  return (load, name) =>
    lazyRouteComponent(async () => {
      const [loaded] = await Promise.all([load(), ...parts.map(openTextPart)])
      return loaded
    }, name)
}
