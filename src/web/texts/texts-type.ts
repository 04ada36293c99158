/** What a language has to say: everything that English says. */
import type { en } from './en.ts'

/** The same keys with other words. A language may have more plural forms than English (`_few`, `_many`, `_two`); a test sees to it that it has all of its own. */
export type Texts<Of = typeof en> = { readonly [Key in keyof Of]: Of[Key] extends string ? string : Texts<Of[Key]> } & PluralForms<keyof Of>
type PluralForms<Key> = {
  readonly [One in Key as One extends `${infer Base}_other` ? `${Base}_${'two' | 'few' | 'many'}` : never]?: string
}
