/** Files of the corpus, listed and read by their paths in it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { corpusPath } from './corpus.ts'

const folder = corpusPath('.')
export const corpusIsAbsent = folder === null

/** Paths of all files below a folder of the corpus, relative to the corpus, sorted; none where it is absent. */
export function corpusFiles(below: string): string[] {
  if (folder === null) return []
  return readdirSync(path.join(folder, below), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted()
}

export function corpusBytes(file: string): Uint8Array {
  return readFileSync(path.join(folder ?? '', file))
}

export function corpusText(file: string): string {
  return readFileSync(path.join(folder ?? '', file), 'utf8')
}

export function inCorpus(file: string): boolean {
  return folder !== null && existsSync(path.join(folder, file))
}
