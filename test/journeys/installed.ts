/** Is a program of the system there that a test talks to? Where it is not, the test skips and says so (.ci/run then fails). */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/lib/postfix/sbin']

/** @param more what else must hold, and how it is told when it does not. */
export function installed(
  command: string,
  more: { readonly holds: boolean; readonly otherwise: string } = { holds: true, otherwise: '' },
): boolean {
  const missing = !isThere(command) ? `${command} is not installed` : more.holds ? null : more.otherwise
  if (missing === null) return true
  console.warn(`skipped: ${missing}`)
  return false
}

function isThere(command: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
