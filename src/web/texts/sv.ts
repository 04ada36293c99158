import { en } from './en.ts'
import type { Texts } from './language.ts'

export const sv: Texts = en
