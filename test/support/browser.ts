/**
 * The page in a real browser: Debian's Chromium over the real program. Each `open` is a window of its own (a phone, dark, Hebrew …); whatever goes wrong in
 * one (an error on the console, an exception, a request to anywhere but the program) fails the test when `settle` is called.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestApi } from './api.ts'
import { signIn } from './sign-in.ts'

/** The first is the same engine without a desktop's window around it, and needs a quarter less of the machine. */
const chromiumPath = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)
/** Without it the tests of the page are skipped; `.ci/run` installs it. */
export const hasChromium = chromiumPath !== undefined

const sizes = {
  wide: { width: 1440, height: 900 },
  laptop: { width: 1100, height: 720 },
  phone: { width: 390, height: 844 },
} as const

export interface OpenOptions {
  /** Address of the user who is signed in; nobody where it is absent. */
  readonly as?: string
  readonly size?: keyof typeof sizes
  readonly scheme?: 'light' | 'dark'
  /** What the browser asks for, unless the user chose one. */
  readonly language?: 'en' | 'de' | 'pl' | 'sv' | 'he'
  readonly timeZone?: string
  /** Hosts (`127.0.0.1:4711`) beside the program that the page may ask in this test, with or without success. */
  readonly mayAsk?: readonly string[]
  /** Another tab of the same browser. */
  readonly beside?: Page
}

export interface TestBrowser {
  /** Opens an address of the page and waits until it stands. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** Closes all windows and fails where something went wrong in one; for `afterEach`. */
  settle(): Promise<void>
  close(): Promise<void>
}

const locales = { en: 'en-GB', de: 'de-DE', pl: 'pl-PL', sv: 'sv-SE', he: 'he-IL' } as const
const actionTimeoutMs = 15_000
/** Nothing of the browser's own: no updates, no look-ups. */
const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/** Opens the browser, and builds the page where its sources changed. One a file: `beforeAll(async () => { browser = await openTestBrowser(api) })`. */
export async function openTestBrowser(api: Pick<TestApi, 'url'> & Partial<Pick<TestApi, 'ask' | 'database'>>): Promise<TestBrowser> {
  execFileSync(process.execPath, ['src/web/build.ts'], { stdio: 'inherit' })
  const browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: chromiumArguments,
  })
  const contexts = new Set<BrowserContext>()
  let faults: string[] = []
  const { host } = new URL(api.url)

  async function openContext({
    as,
    size = 'wide',
    scheme = 'light',
    language = 'en',
    timeZone = 'Europe/Berlin',
    mayAsk = [],
  }: OpenOptions): Promise<BrowserContext> {
    const context = await browser.newContext({
      baseURL: api.url,
      viewport: sizes[size],
      ...(size === 'phone' ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {}),
      colorScheme: scheme,
      locale: locales[language],
      timezoneId: timeZone,
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(actionTimeoutMs)
    contexts.add(context)
    context.on('request', (request) => {
      const url = new URL(request.url())
      if (/^https?:|^wss?:/.test(url.protocol) && url.host !== host && !mayAsk.includes(url.host))
        faults.push(`asked ${url.host} for ${url.pathname}`)
    })
    context.on('console', (message) => {
      // An answer of 4xx is no fault of the page: nobody is signed in yet, a password is wrong.
      if (message.type() !== 'error' || mayAsk.some((other) => message.location().url.includes(other))) return
      // A 4xx is an answer; the other is what a test that takes the network away asks for.
      if (!/status of 4\d\d|ERR_INTERNET_DISCONNECTED/.test(message.text())) faults.push(`console: ${message.text()}`)
    })
    context.on('weberror', (error) => faults.push(`exception: ${error.error().stack ?? error.error().message}`))
    if (as !== undefined) await context.addCookies(cookiesOf((await signIn(api as TestApi, as))['cookie'] ?? '', api.url))
    return context
  }

  return {
    async open(path, options = {}) {
      const context = options.beside?.context() ?? (await openContext(options))
      const page = await context.newPage()
      await page.goto(path)
      await page.locator('h1').first().waitFor()
      return page
    },
    async settle() {
      await Promise.all([...contexts].map((context) => context.close()))
      contexts.clear()
      const found = faults
      faults = []
      expect(found).toEqual([])
    },
    close: () => browser.close(),
  }
}

function cookiesOf(header: string, url: string): { name: string; value: string; url: string }[] {
  return header.split('; ').map((pair) => {
    const at = pair.indexOf('=')
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url }
  })
}

/** What axe has against the page as it stands: nothing, or the test fails with each thing in words. */
export async function axe(page: Page): Promise<void> {
  const builder = new AxeBuilder({ page }).options({ resultTypes: ['violations'] })
  // Where there are no frames to put together, without the second page on which that is done: in less than half the time.
  const { violations } = await builder.setLegacyMode(page.frames().length === 1).analyze()
  expect(
    violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary ?? ''}`).join('\n')}`,
    ),
  ).toEqual([])
}

/** How long the page's thread has run so far, in milliseconds: processor time, so that other tests on the machine do not count. */
export async function pageCpuMs(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000
  }
}

const pictures = process.env['SCREENSHOTS'] ?? join(tmpdir(), `leadpost-screenshots-${String(process.getuid?.())}`)

/** Keeps what the page looks like, for people to look at; outside the repository. */
export async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}
