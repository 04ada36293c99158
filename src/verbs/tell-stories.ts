/** Delivers stories over SMTP and looks at what became of them: the first step of each, then the second of each that has one, and so on. */
import type { Database } from '../store/database.ts'
import type { MessageJson } from '../store/messages.ts'
import type { Story, StoryStep } from './stories.ts'
import { differences, outcomeOf, readShowcase, type Outcome } from './story-outcome.ts'
import type { StepReply, StorySender } from './story-sender.ts'
import { waitUntilSettled } from './wait-until-settled.ts'

export interface ToldStep {
  readonly story: Story
  readonly step: StoryStep
  readonly outcome: Outcome
  /** None where all became as the story says. */
  readonly differences: readonly string[]
}

export interface Telling {
  readonly onProgress?: (steps: number) => void
  /** See `Waiting`. */
  readonly stallMs: number
}

/** In order of story and step. A step is sent once the one before it is settled, as a person would who answers a mail. */
export async function tellStories(
  stories: readonly Story[],
  sender: StorySender,
  database: Database,
  telling: Telling,
): Promise<ToldStep[]> {
  const sent: { story: Story; step: StoryStep; position: number; reply: StepReply }[] = []
  const messages = new Map<string, MessageJson>()
  const rounds = Math.max(0, ...stories.map(({ steps }) => steps.length))
  for (let round = 0; round < rounds; round++) {
    const due = stories.flatMap((story) => {
      const step = story.steps[round]
      return step === undefined ? [] : [{ story, step }]
    })
    const ids: string[] = []
    const together = await sender.sendAll?.(due.map(({ step }) => step))
    for (const [index, { story, step }] of due.entries()) {
      const reply = together?.[index] ?? (await sender.send(step))
      sent.push({ story, step, position: round, reply })
      if (reply.id !== null) ids.push(reply.id)
      telling.onProgress?.(sent.length)
    }
    const settled = await waitUntilSettled(database, ids, { stallMs: telling.stallMs })
    for (const [id, message] of settled) messages.set(id, message)
  }
  const showcase = await readShowcase(database, messages.values())
  return sent
    .toSorted((a, b) => (a.story.name < b.story.name ? -1 : a.story.name > b.story.name ? 1 : a.position - b.position))
    .map(({ story, step, reply }) => {
      const outcome = outcomeOf(reply, reply.id === null ? null : (messages.get(reply.id) ?? null), showcase)
      return { story, step, outcome, differences: differences(step, outcome) }
    })
}
