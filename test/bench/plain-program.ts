/** Preloaded (`--import`) into the program that is the base of the bench of senders: its parser threads are those of plain-thread.ts. */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    return found.url.endsWith('/src/processing/parser-thread.ts')
      ? { ...found, url: new URL('plain-thread.ts', import.meta.url).href }
      : found
  },
})
