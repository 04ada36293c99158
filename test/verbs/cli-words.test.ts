import { expect, test } from 'vitest'
import { allVerbs } from '../../src/verbs/all-verbs.ts'
import { leadpost, leadpostJson } from './leadpost.ts'

const nowhere = { DATA_DIR: '/nonexistent/leadpost' }

test('tells its version', async () => {
  expect(await leadpost(['--version'], nowhere)).toEqual({
    status: 0,
    out: expect.stringMatching(/^leadpost \d+\.\d+\.\d+\n$/) as string,
    err: '',
  })
  expect(await leadpostJson(['--version'], nowhere)).toEqual({ version: expect.stringMatching(/^\d/) as string })
})

test('answers --json with a document wherever it stands, a verb or none', async () => {
  for (const words of [['--json'], ['--json', 'histroy'], ['histroy', '--json']]) {
    const { status, out } = await leadpost(words, nowhere)
    expect([status, JSON.parse(out)]).toEqual([
      2,
      { error: { code: 'usage', message: expect.stringMatching(/a verb is missing|no verb/) as string } },
    ])
  }
  const { verbs } = await leadpostJson<{ verbs: { name: string }[] }>(['--help'], nowhere)
  expect(verbs.map(({ name }) => name)).toEqual(allVerbs.map(({ name }) => name))
})
