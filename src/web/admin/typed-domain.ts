/** Who pastes an address, or a link, means its domain. */
export function typedDomain(written: string): string {
  return written
    .trim()
    .replace(/^.*@/, '')
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
}
