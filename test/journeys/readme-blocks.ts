/** The configuration that a chapter of the README shows, so that a test can follow it word by word. */
import { readFileSync } from 'node:fs'

/** Each fenced block of the chapter whose first line names a file (`# /etc/postfix/main.cf`), without that line. Throws where one is shown twice. */
export function readChapterFiles(heading: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const block of blocksOf(heading)) {
    const [, name, content] = /^# (\S+)\n([^]*)$/.exec(block) ?? []
    if (name === undefined || content === undefined) continue
    if (files.has(name)) throw new Error(`the chapter "${heading}" shows ${name} twice`)
    files.set(name, content)
  }
  return files
}

/** The lines of its shell blocks. */
export function readChapterCommands(heading: string): string[] {
  return blocksOf(heading, 'sh').flatMap((block) => block.trim().split('\n'))
}

function blocksOf(heading: string, language = ''): string[] {
  const chapter = new RegExp(`^#+ ${heading}\\n([^]*?)(?=^#{2,4} )`, 'm').exec(readFileSync('README.md', 'utf8'))?.[1]
  if (chapter === undefined) throw new Error(`the README has no chapter "${heading}"`)
  const fenced = [...chapter.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
  return fenced.flatMap(([, written, content = '']) => (written === language ? content : []))
}
