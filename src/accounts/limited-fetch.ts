/** `fetch` for servers that we do not know: what they answer has an end, and they send us nowhere else. */

export const fetchedBytesMax = 1024 * 1024

/** @throws TypeError where the answer is larger. */
export async function fetchLimited(url: string, options: object): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: 'manual' })
  const { body, status, statusText, headers } = response
  if (body === null) return response
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > fetchedBytesMax) throw new TypeError(`the answer is larger than ${String(fetchedBytesMax)} bytes`)
    chunks.push(chunk)
  }
  const hasNoBody = status === 204 || status === 304
  const whole = new Response(hasNoBody ? null : Buffer.concat(chunks), { status, statusText, headers })
  // Where it came from: the library compares it.
  Object.defineProperty(whole, 'url', { value: response.url })
  return whole
}
