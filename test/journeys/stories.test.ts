/** Every story through the whole product, by every entrance: the same mail must end the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listMessages, readRawMessage } from '../../src/store/messages.ts'
import { readStories, readStoryMail, type Story } from '../../src/verbs/stories.ts'
import { tellStories, type ToldStep } from '../../src/verbs/tell-stories.ts'
import { hasDovecot } from '../support/dovecot.ts'
import { openTestProgram, type TestProgram } from './program.ts'
import { fromFiles, overHttp, overImap, overLmtp, overSmtp, type Entrance } from './story-entrances.ts'

const stories = readStories()
const stallMs = 20_000

async function tellBy(entrance: Entrance, chosen: readonly Story[], running: TestProgram): Promise<ToldStep[]> {
  const sender = await entrance.open(running)
  try {
    return await tellStories(chosen, sender, running.program.store.database, { stallMs })
  } finally {
    await Promise.resolve(sender.close())
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
    told = await tellBy(overSmtp, stories, running)
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

/** By every other entrance the same mail ends the same. */
const others = [overLmtp, overHttp, ...(hasDovecot ? [overImap] : []), fromFiles]

describe.each(others.map((entrance) => [entrance.name, entrance] as const))('%s', (_name, entrance) => {
  let running: TestProgram
  let told: ToldStep[]
  const tellable = stories.filter(({ steps }) => steps.every(entrance.mayTell))
  beforeAll(async () => {
    running = await openTestProgram(entrance.environment)
    told = await tellBy(entrance, tellable, running)
  }, 120_000)
  afterAll(() => running.close())

  test.each(tellable.map((story) => [story.name, story] as const))('%s', (_story, story) => {
    expect(unlike(told, story)).toEqual(story.steps.map(() => []))
  })
})
