/**
 * (g) From the 250 of SMTP to the page: the real program, Chromium with the queue open, mails one by one. Both clocks are the machine's; they are held
 * against each other before anything is measured.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { hasChromium, openTestBrowser, type TestBrowser } from '../support/browser.ts'
import { bareGreetingWaitMs } from './accept.ts'
import { startChild, type Child } from './child.ts'
import { benchMessage } from './messages.ts'
import { crmAddress, startProgram, type RunningProgram } from './program.ts'
import { signedIn, type SignedIn } from './signed-in.ts'
import { deliverOne } from './smtp-load.ts'
import { median, percentile, print } from './table.ts'

const mailBytes = 4096
/** Stand in the queue before, as they do at a team that works. */
const standing = 5
/** Code is compiled, statements are prepared. */
const warmingMails = 15
const seenWithinMs = 10_000
/** Nobody writes at a beat that falls in with ours. */
const gapMs = { least: 250, spread: 250 }
const clocksApartMaxMs = 2

/** By which a mail is known on the page; without a digit, since numbers in a subject mean something. */
function markOf(n: number): string {
  return `mail-${Array.from(String(n), (digit) => 'abcdefghij'[Number(digit)]).join('')}.`
}

/** A person has to choose between two leads; or a rule files it. */
const kinds = {
  waits: { subject: (n: number) => `Leads 11111 and 11112 ${markOf(n)}`, event: 'confirmation.opened' },
  filed: { subject: (n: number) => `XYZ Lead 11111 ${markOf(n)}`, event: 'history.appended' },
} as const
type Kind = keyof typeof kinds

function mailOf(kind: Kind, n: number): Buffer {
  const mail = benchMessage(n, mailBytes).toString('latin1')
  return Buffer.from(mail.replace(/^Subject: [^\r]*/m, `Subject: ${kinds[kind].subject(n)}`), 'latin1')
}

/** Milliseconds after the 250; null where the page never showed it. */
interface Seen {
  readonly event: number
  readonly painted: number | null
}

export async function benchPopup(mails: number): Promise<void> {
  if (!hasChromium) {
    console.log('\n(g) the page: not measured, since Chromium is not installed')
    return
  }
  const bare = await startChild('bare-server.ts')
  const program = await startProgram({ API_REQUESTS_PER_MINUTE: '100000' })
  const browser = await openTestBrowser({ url: program.http })
  try {
    await measure({ bare, program, browser }, mails)
  } finally {
    await browser.close()
    await Promise.all([program.stop(), bare.stop()])
  }
}

async function measure(
  { bare, program, browser }: { bare: Child; program: RunningProgram; browser: TestBrowser },
  mails: number,
): Promise<void> {
  const reviewer = await signedIn(program.databaseUrl, 'bernd@xyz.example')
  const place = { port: program.smtpPort, mailFrom: 'anna@xyz.example', rcptTo: crmAddress }
  for (let n = 1; n <= standing; n++) await deliverOne({ ...place, message: mailOf('waits', n) })
  const office = new Office(program, reviewer, await openQueue(browser, program, reviewer))
  await office.watch()
  const bareMs: number[] = []
  const seen: Record<Kind, Seen[]> = { waits: [], filed: [] }
  const neverShown = new Set<Kind>()
  for (let n = 0; n < warmingMails + mails; n++) {
    const isWarm = n >= warmingMails
    const { ms } = await deliverOne({ ...place, port: Number(bare.ready['port']), message: benchMessage(n, mailBytes) })
    if (isWarm) bareMs.push(ms - bareGreetingWaitMs)
    for (const [at, kind] of (['waits', 'filed'] as const).entries()) {
      const one = await office.send(kind, 1_000 + 2 * n + at, !neverShown.has(kind))
      // Asked once, so that a page that does not show it does not cost ten seconds a mail.
      if (one.painted === null) neverShown.add(kind)
      if (isWarm) seen[kind].push(one)
      await sleep(gapMs.least + Math.random() * gapMs.spread)
    }
  }
  report(bareMs, seen, mails)
}

function report(bareMs: readonly number[], seen: Readonly<Record<Kind, readonly Seen[]>>, mails: number): void {
  const wholeMs = bareMs.map((ms) => ms + bareGreetingWaitMs)
  const row = (what: string, values: readonly (number | null)[]): string[] => {
    const ms = values.filter((value) => value !== null)
    if (ms.length === 0) return [what, 'not shown', '', '', '', '']
    const figures = [median(ms), percentile(ms, 0.95), Math.max(...ms), median(ms) / median(bareMs), median(ms) / median(wholeMs)]
    return [what, ...figures.map((figure) => figure.toFixed(1))]
  }
  print(
    `(g) milliseconds from the 250 of SMTP to the page, ${String(mails)} mails of ${String(mailBytes / 1024)} KiB of each kind, one by one (target: painted, at no more than 10 × bare)`,
    ['what', 'median', 'p95', 'longest', 'to bare without its wait', 'to bare with it'],
    [
      row('a bare SMTP transaction on a fresh connection, without its greeting wait', bareMs),
      row(`the same with its greeting wait of ${String(bareGreetingWaitMs)} ms`, wholeMs),
      row(
        'waits for a person: the event is in the page',
        seen.waits.map(({ event }) => event),
      ),
      row(
        'waits for a person: painted',
        seen.waits.map(({ painted }) => painted),
      ),
      row(
        'filed by a rule: the event is in the page',
        seen.filed.map(({ event }) => event),
      ),
      row(
        'filed by a rule: painted',
        seen.filed.map(({ painted }) => painted),
      ),
    ],
    'two commits that wait for the disk, on the way of the mail; then the next frame of the screen',
  )
}

async function openQueue(browser: TestBrowser, program: RunningProgram, { token }: SignedIn): Promise<Page> {
  const page = await browser.open('/sign-in', { size: 'wide' })
  await page.context().addCookies([{ name: 'leadpost', value: token, url: program.http }])
  await page.goto('/confirm')
  await page.getByText(markOf(standing), { exact: false }).first().waitFor()
  await checkClocks(page)
  return page
}

const pageNow = 'performance.timeOrigin + performance.now()'

async function checkClocks(page: Page): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const before = performance.timeOrigin + performance.now()
    const there = await page.evaluate<number>(pageNow)
    const after = performance.timeOrigin + performance.now()
    if (there >= before - clocksApartMaxMs && there <= after + clocksApartMaxMs) return
  }
  throw new Error('the clocks of the browser and of this process are apart')
}

/** Runs in the page: tells of each event that arrives, and of each subject of ours once the frame that shows it is done. */
const watchScript = `
  const now = () => ${pageNow}
  const shown = new Set()
  const look = (text) => {
    for (const [n] of text.matchAll(/mail-[a-j]+\\./g)) {
      if (shown.has(n)) continue
      shown.add(n)
      requestAnimationFrame(() => { const frame = new MessageChannel(); frame.port1.onmessage = () => tellBench('painted', n, now()); frame.port2.postMessage(0) })
    }
  }
  look(document.body.textContent)
  new MutationObserver((changes) => {
    for (const { target, addedNodes, type } of changes)
      if (type === 'characterData') look(target.data)
      else for (const node of addedNodes) look(node.textContent)
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
  const source = new EventSource('/api/v1/tenants/xyz/events')
  for (const kind of ['confirmation.opened', 'history.appended']) source.addEventListener(kind, () => tellBench('event', kind, now()))
  new Promise((resolve) => source.addEventListener('open', () => resolve(), { once: true }))
`

class Office {
  readonly #program: RunningProgram
  readonly #reviewer: SignedIn
  readonly #page: Page
  readonly #heard = new Map<string, (at: number) => void>()

  constructor(program: RunningProgram, reviewer: SignedIn, page: Page) {
    this.#program = program
    this.#reviewer = reviewer
    this.#page = page
  }

  async watch(): Promise<void> {
    await this.#page.exposeFunction('tellBench', (what: string, which: string, at: number) => {
      this.#heard.get(`${what} ${which}`)?.(at)
    })
    await this.#page.evaluate(watchScript)
  }

  /** One mail, until it was seen. What waits is dismissed afterwards, so that the list stays as it was. */
  async send(kind: Kind, n: number, isShown: boolean): Promise<Seen> {
    const { event } = kinds[kind]
    const heard = this.#when(`event ${event}`)
    const painted = isShown ? this.#when(`painted ${markOf(n)}`) : null
    const { acceptedAt } = await deliverOne({
      port: this.#program.smtpPort,
      mailFrom: 'anna@xyz.example',
      rcptTo: crmAddress,
      message: mailOf(kind, n),
    })
    const heardAt = await heard
    if (heardAt === null) throw new Error(`the page was told nothing of a mail within ${String(seenWithinMs)} ms`)
    const paintedAt = await painted
    if (kind === 'waits') await this.#dismissLast()
    return { event: heardAt - acceptedAt, painted: paintedAt == null ? null : paintedAt - acceptedAt }
  }

  /** Null after `seenWithinMs`. */
  async #when(what: string): Promise<number | null> {
    const ending = new AbortController()
    const told = new Promise<number>((resolve) => this.#heard.set(what, resolve))
    const late = sleep(seenWithinMs, null, { signal: ending.signal }).catch(() => null)
    const at = await Promise.race([told, late])
    ending.abort()
    this.#heard.delete(what)
    return at
  }

  async #dismissLast(): Promise<void> {
    const { items } = (await this.#call('GET', '/confirmations?order=newest&limit=1')) as { items: { id: string }[] }
    await this.#call('POST', `/confirmations/${items[0]?.id ?? ''}/answer`, { kind: 'dismiss', reason: 'bench' })
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(new URL(`/api/v1/tenants/xyz${path}`, this.#program.http), {
      method,
      headers: { ...this.#reviewer.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${await response.text()}`)
    return await response.json()
  }
}
