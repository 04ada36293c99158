/** A message's trace as an operator may see it: where it stands and why, and nothing that its sender wrote (PRODUCT, "who"). */
import type { MessageTraceJson } from '../store/messages.ts'

/** What of a trace says nothing of the mail's header or text. Whatever is added to traces stays hidden until it is named here. */
const plainParts = ['envelope', 'ms', 'tenant', 'standing', 'outside', 'automatic', 'missingEarlier']
/** Of these states the reason in words is about the program or the sending server, not about the mail. */
const plainStates: readonly string[] = ['failed', 'unroutable']

export function withoutContent(message: MessageTraceJson): MessageTraceJson {
  return {
    ...message,
    deliveries: message.deliveries.map((delivery) => ({
      ...delivery,
      detail: plainStates.includes(delivery.state) ? delivery.detail : null,
      trace: plainTrace(delivery.trace),
    })),
  }
}

function plainTrace(trace: unknown): unknown {
  if (typeof trace !== 'object' || trace === null) return null
  const { decision, ...rest } = trace as Readonly<Record<string, unknown>>
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => plainParts.includes(name)))
  if (typeof decision !== 'object' || decision === null) return kept
  const { kind, reason, reasons } = decision as Readonly<Record<string, unknown>>
  return { ...kept, decision: { kind, ...(reason === undefined ? {} : { reason }), ...(reasons === undefined ? {} : { reasons }) } }
}
