import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findRunningProgram, newToken, removeRunFile, runFilePath, writeRunFile, type RunFile } from '../../src/http/run-file.ts'

let dataDir: string
let server: Server
let http: string
const startedAt = '2026-11-02T08:00:00.000Z'

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'leadpost-run-'))
  server = createServer((_request, response) => response.end(JSON.stringify({ status: 'live', startedAt })))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.close()
  await rm(dataDir, { recursive: true })
})

function run(more: Partial<RunFile> = {}): RunFile {
  return { pid: process.pid, http, smtp: [], lmtp: [], startedAt, version: '0.0.0', token: newToken(), database: 'postgresql://x', ...more }
}

test('is readable by its owner alone and leaves no draft behind', async () => {
  await writeRunFile(dataDir, run())
  expect((await stat(runFilePath(dataDir))).mode & 0o777).toBe(0o600)
  expect(await readdir(dataDir)).toEqual(['run.json'])
})

test('of a live program is found', async () => {
  const written = run()
  await writeRunFile(dataDir, written)
  expect(await findRunningProgram(dataDir)).toEqual(written)
})

test('is none where there is none, or half of one', async () => {
  expect(await findRunningProgram(dataDir)).toBeNull()
  await writeFile(runFilePath(dataDir), '{"pid": 1')
  expect(await findRunningProgram(dataDir)).toBeNull()
})

test('of a program that was killed is stale, whoever has its process id and its port now', async () => {
  await writeRunFile(dataDir, run({ startedAt: '2020-01-01T00:00:00.000Z' }))
  expect(await findRunningProgram(dataDir)).toBeNull()
})

test('of a program that is gone is stale', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  server.close()
  await writeRunFile(dataDir, run({ pid: child.pid ?? 0 }))
  expect(await findRunningProgram(dataDir)).toBeNull()
})

test('is taken away by its own program alone', async () => {
  const first = run()
  const second = run()
  await writeRunFile(dataDir, second)
  await removeRunFile(dataDir, first)
  expect(JSON.parse(await readFile(runFilePath(dataDir), 'utf8'))).toEqual(second)
  await removeRunFile(dataDir, second)
  expect(await readdir(dataDir)).toEqual([])
})

test('a folder that cannot be looked into is told as such', async () => {
  const file = join(dataDir, 'a-file')
  await writeFile(file, '')
  await expect(findRunningProgram(file)).rejects.toMatchObject({
    code: 'dataFolderUnusable',
    message: expect.stringContaining(`DATA_DIR ${file} cannot be read`) as string,
  })
})
