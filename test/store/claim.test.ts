import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MessageId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import { openLog } from '../../src/log.ts'
import { admitMessages, type AdmittedMessage } from '../../src/store/admit.ts'
import { claimFresh } from '../../src/store/claim.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { Recent } from '../../src/store/recent.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let test: TestDatabase
let other: Database
beforeAll(async () => {
  test = await openTestDatabase()
  other = openDatabase({ url: test.url, log: openLog('silent') })
})
afterAll(async () => {
  await other.close()
  await test.close()
})
beforeEach(async () => {
  await test.owner('TRUNCATE inbound_message CASCADE')
})

function admitted(
  text: string,
  { sha256 = `hash of ${text}`, id = newId<MessageId>(), isBacklog = false }: { sha256?: string; id?: MessageId; isBacklog?: boolean } = {},
): AdmittedMessage {
  return {
    id,
    channel: 'imap',
    receivedAt: new Date(),
    bytes: text.length,
    sha256,
    content: Buffer.from(text),
    blobKey: null,
    envelope: {
      reversePath: null,
      forwardPaths: [],
      clientAddress: null,
      heloName: null,
      tls: null,
      authenticatedAs: null,
      fromTrustedNetwork: false,
      isBacklog,
    },
  }
}

async function claimed(database: Database, batchMax = 9): Promise<(string | null)[]> {
  return (await claimFresh(database, batchMax, 60_000)).map(({ content }) => content?.toString() ?? null)
}

describe('the bytes of a claim', () => {
  it('are there whoever admitted them, in the order of arrival', async () => {
    await admitMessages(test.database, [admitted('one')])
    await admitMessages(other, [admitted('two')])
    await admitMessages(test.database, [admitted('three')])
    expect(await claimed(test.database)).toEqual(['one', 'two', 'three'])
  })

  it('are those in the database where another mail came under the same id', async () => {
    const id = newId<MessageId>()
    await admitMessages(test.database, [admitted('first', { sha256: 'a', id })])
    await admitMessages(test.database, [admitted('second', { sha256: 'b', id })])
    expect(await claimed(test.database)).toEqual(['first'])
  })

  it('are gone where they were erased meanwhile', async () => {
    await admitMessages(test.database, [admitted('secret')])
    await test.owner('UPDATE raw_message SET content = NULL, erased_at = now()')
    expect(await claimed(test.database)).toEqual([null])
  })
})

it('takes mail that had been waiting in a mailbox behind what is new', async () => {
  await admitMessages(
    test.database,
    ['old', 'older'].map((text) => admitted(text, { isBacklog: true })),
  )
  await admitMessages(test.database, [admitted('new')])
  expect(await claimed(test.database, 1)).toEqual(['new'])
  expect(await claimed(test.database)).toEqual(['old', 'older'])
})

describe('what is recent', () => {
  it('is taken once, and forgotten from the oldest on beyond its bound', () => {
    const recent = new Recent<string, number>(10)
    recent.add('a', 1, 4)
    recent.add('b', 2, 4)
    recent.add('a', 3, 4)
    expect([recent.find('a'), recent.take('a'), recent.find('a'), recent.take('a')]).toEqual([3, 3, undefined, undefined])
    recent.add('c', 4, 6)
    recent.add('d', 5, 3)
    expect(['b', 'c', 'd'].map((key) => recent.take(key))).toEqual([undefined, 4, 5])
    recent.add('larger than all', 6, 11)
    expect(recent.take('larger than all')).toBeUndefined()
  })
})
