/** Every story through the whole product over SMTP, and those of trusted senders through the file door as well: the same mail must end the same. */
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listMessages, readRawMessage } from '../../src/store/messages.ts'
import { readStories, readStoryMail, type Story, type StoryStep } from '../../src/verbs/stories.ts'
import { openStorySender } from '../../src/verbs/story-sender.ts'
import { tellStories, type ToldStep } from '../../src/verbs/tell-stories.ts'
import { openTestProgram, type TestProgram } from './program.ts'

const stories = readStories()
const stallMs = 20_000

async function tellOverSmtp({ program, smtp, passwords }: TestProgram): Promise<ToldStep[]> {
  const sender = openStorySender(smtp, passwords)
  try {
    return await tellStories(stories, sender, program.store.database, { stallMs })
  } finally {
    sender.close()
  }
}

/** Differences of each step, by story. */
function unlike(told: readonly ToldStep[], story: Story): (readonly string[])[] {
  return told.filter((step) => step.story.name === story.name).map((step) => step.differences)
}

describe('over SMTP', () => {
  let running: TestProgram
  let told: ToldStep[]
  beforeAll(async () => {
    running = await openTestProgram()
    told = await tellOverSmtp(running)
  })
  afterAll(() => running.close())

  test.each(stories.map((story) => [story.name, story] as const))('%s', (_name, story) => {
    expect(unlike(told, story)).toEqual(story.steps.map(() => []))
  })

  test('every accepted mail is findable in a named state, and every refused one nowhere', async () => {
    const { messages } = await listMessages(running.program.store.database)
    const accepted = told.flatMap(({ outcome }) => (outcome.message === null ? [] : [outcome.message.id]))
    expect(messages.map(({ id }) => id)).toEqual(accepted.toSorted())
    expect(
      messages
        .flatMap(({ deliveries }) => deliveries.map(({ state }) => state))
        .filter((state) => !['appended', 'inReview', 'ignored'].includes(state)),
    ).toEqual([])
  })

  test('what stands on the never-log list is erased: the row stays, the bytes are gone', async () => {
    const { database, blobs } = running.program.store
    const erased = told.filter(({ step }) => step.expect?.erased === true)
    expect(erased.length).toBeGreaterThan(1)
    for (const { outcome } of erased)
      await expect(readRawMessage(database, blobs, outcome.message?.id ?? '')).rejects.toThrow(
        expect.objectContaining({ code: 'messageErased' }),
      )
  })

  test('all other raw bytes are kept as they came', async () => {
    const { database, blobs } = running.program.store
    for (const { step, outcome } of told.filter((each) => each.outcome.message !== null && each.step.expect?.erased !== true)) {
      const raw = await readRawMessage(database, blobs, outcome.message?.id ?? '')
      const chunks = (await raw.toArray()) as Uint8Array[]
      expect(Buffer.concat(chunks).equals(readStoryMail(step)), step.mail).toBe(true)
    }
  })

  test('a refusal tells a salesperson in words what to do', () => {
    const refused = told.filter(({ step }) => step.reply !== '250')
    expect(refused.length).toBeGreaterThan(5)
    for (const { outcome } of refused) expect(outcome.reply.split(' ').length, outcome.reply).toBeGreaterThan(8)
  })
})

/** Nobody can be refused who hands in a file, and nobody signs in; all else is the same. */
function isForFiles(step: StoryStep): boolean {
  return step.reply === '250' && typeof step.client === 'string'
}

describe('through the file door', () => {
  let running: TestProgram
  let told: ToldStep[]
  const told250 = stories.filter((story) => story.steps.every(isForFiles))
  beforeAll(async () => {
    running = await openTestProgram()
    const { program } = running
    const sender = {
      async send(step: StoryStep) {
        // A mail without a Message-ID is found by the millisecond in which it came.
        await wait(2)
        const message = { reversePath: step.mailFrom, forwardPaths: step.rcptTo, untrusted: step.client === 'untrusted' }
        return { reply: '250', id: await program.ingest(message, Readable.from([readStoryMail(step)])) }
      },
      close: () => undefined,
    }
    told = await tellStories(told250, sender, program.store.database, { stallMs })
  })
  afterAll(() => running.close())

  test.each(told250.map((story) => [story.name, story] as const))('%s', (_name, story) => {
    expect(unlike(told, story)).toEqual(story.steps.map(() => []))
  })
})
