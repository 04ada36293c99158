/** What a browser calls itself, as people call it: `Firefox`, `Windows`. Null where it is none of the well-known ones. */

/** The first that matches: most browsers also claim to be those below them. */
const browsers: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
]
const systems: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]

export function readUserAgent(text: string | null): { readonly browser: string; readonly system: string } | null {
  const of = (names: typeof browsers): string | undefined => names.find(([, pattern]) => pattern.test(text ?? ''))?.[0]
  const browser = of(browsers)
  const system = of(systems)
  return browser === undefined || system === undefined ? null : { browser, system }
}
