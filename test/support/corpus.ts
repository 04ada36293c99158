/** Where the mail that nobody here wrote lies; tests that need it skip, and say so, where it is absent. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../shared/corpus')

/** The path of a file or folder of the corpus, or null, told once on standard error, where there is no corpus. */
export function corpusPath(path: string): string | null {
  if (existsSync(folder)) return join(folder, path)
  if (!told) console.warn('The corpus is absent (../shared/corpus): tests that read it are skipped.')
  told = true
  return null
}
let told = false
