/** A length of time, in the reader's language: `340 ms`, `5.2 s`, `3 min`, `2 hr`. */
const minuteMs = 60_000
const hourMs = 60 * minuteMs

export function durationWords(language: string, ms: number): string {
  const [value, unit] =
    ms < 1_000
      ? ([Math.round(ms), 'millisecond'] as const)
      : ms < minuteMs
        ? ([ms / 1_000, 'second'] as const)
        : ms < hourMs
          ? ([ms / minuteMs, 'minute'] as const)
          : ([ms / hourMs, 'hour'] as const)
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(value)
}
