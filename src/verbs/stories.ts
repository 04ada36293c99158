/** Reads the stories of `fixtures/messages`: mails in order with what must become of them (fixtures/README.md). */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Zone } from './dns-zone.ts'

export interface StoryExpectation {
  readonly tenant: string
  readonly state: 'appended' | 'inReview' | 'ignored'
  readonly lead?: string
  readonly reason?: string
  readonly reasons?: readonly string[]
  readonly candidates?: readonly { readonly lead: string; readonly evidence: readonly string[] }[]
  readonly evidence?: readonly string[]
  readonly against?: readonly string[]
  readonly direction?: string
  readonly subject?: string
  readonly from?: string
  readonly text?: string
  readonly textWithout?: string
  readonly messageId?: null
  readonly occurredAt?: string
  readonly participants?: readonly { readonly address: string; readonly as: string; readonly contactPerson: string | null }[]
  readonly participantCount?: number
  readonly attachments?: readonly string[]
  readonly attachmentCount?: number
  readonly capturedBy?: readonly string[]
  readonly note?: string
  readonly automatic?: string
  readonly missingEarlier?: number
  readonly undelivered?: readonly string[]
  readonly defects?: readonly string[]
  readonly alsoFiled?: readonly { readonly lead: string; readonly from: string; readonly subject: string }[]
  readonly erased?: true
  readonly settledLater?: true
  readonly absentAt?: readonly string[]
}

export interface StoryStep {
  readonly mail: string
  readonly client: 'trusted' | 'untrusted' | { readonly user: string } | { readonly address: string }
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
  /** How the final reply begins: `250`, or the refusal. */
  readonly reply: string
  readonly expect?: StoryExpectation
}

export interface Story {
  readonly name: string
  readonly tells: string
  readonly steps: readonly StoryStep[]
}

export const fixturesFolder = join(import.meta.dirname, '..', '..', 'fixtures')
const messagesFolder = join(fixturesFolder, 'messages')

/** What DNS says in that world; whatever is not in it does not exist. */
export function readStoryZone(): Zone {
  return JSON.parse(readFileSync(join(fixturesFolder, 'zone.json'), 'utf8')) as Zone
}

/** In order of name. */
export function readStories(): Story[] {
  const files = readdirSync(messagesFolder).filter((file) => file.endsWith('.json'))
  return files.toSorted().map((file) => {
    const { tells, steps } = JSON.parse(readFileSync(join(messagesFolder, file), 'utf8')) as Omit<Story, 'name'>
    return { name: file.slice(0, -'.json'.length), tells, steps }
  })
}

/** The mail of a step as it goes over the wire: stored with LF, sent with CRLF (RFC 5321 §2.3.8). */
export function readStoryMail(step: StoryStep): Buffer {
  const stored = readFileSync(join(messagesFolder, step.mail)).toString('latin1')
  return Buffer.from(stored.replace(/\r?\n/g, '\r\n'), 'latin1')
}

/** Users who sign in in some story, each once. */
export function signedInUsers(stories: readonly Story[]): string[] {
  const users = stories.flatMap((story) =>
    story.steps.flatMap((step) => (typeof step.client === 'object' && 'user' in step.client ? [step.client.user] : [])),
  )
  return [...new Set(users)]
}
