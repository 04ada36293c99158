/** Runs before every test file (vitest.config.ts): this process can ask no DNS server but one on loopback. */
import dns from 'node:dns'
import { isIP } from 'node:net'

/** `.invalid` is nobody's (RFC 6761 §6.4): a resolver answers so without asking. */
function isNobodys(name: unknown): boolean {
  return String(name).endsWith('.invalid')
}

function answerNobody(parameters: unknown[]): unknown {
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${String(parameters[0])}`), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname: parameters[0],
  })
  const callback = parameters.at(-1)
  if (typeof callback !== 'function') return Promise.reject(error)
  process.nextTick(callback, error)
  return undefined
}

function refuse(): never {
  throw new Error('a test tried a real DNS look-up')
}

for (const owner of [dns, dns.promises] as unknown as Record<string, unknown>[]) {
  for (const name of Object.keys(owner)) if (/^(?:resolve|reverse)/.test(name)) owner[name] = refuse
  const lookup = owner.lookup as (...parameters: unknown[]) => unknown
  // Sockets pass an address through here too, and then nobody is asked.
  owner.lookup = (...parameters: unknown[]) => {
    if (isNobodys(parameters[0])) return answerNobody(parameters)
    return isIP(String(parameters[0])) !== 0 || parameters[0] === 'localhost' ? lookup.apply(owner, parameters) : refuse()
  }
}
for (const Resolver of [dns.Resolver, dns.promises.Resolver]) {
  const asking = Resolver.prototype as unknown as Record<string, (...parameters: unknown[]) => unknown>
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(Resolver.prototype)).concat(Object.getOwnPropertyNames(Resolver.prototype))
  for (const name of names) {
    const original = asking[name]
    if (!/^(?:resolve|reverse)/.test(name) || original === undefined) continue
    asking[name] = function ask(this: InstanceType<typeof Resolver>, ...parameters: unknown[]) {
      if (!this.getServers().every((server) => /^(?:127\.|\[?::1)/.test(server))) refuse()
      return original.apply(this, parameters)
    }
  }
}
