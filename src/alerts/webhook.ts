/** How long an answer is waited for. */
const ANSWER_MS = 10_000

/** Delivered, or why not, and after how many seconds whoever is at the other end wants to be asked again. */
export type Delivery = { delivered: true } | { delivered: false; why: string; afterSeconds: number | null }

/** Posts JSON. Where its URL leads is a secret, so that is in no text. */
export async function post(url: string, message: object, signal: AbortSignal): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    })
    await response.body?.cancel()
    if (response.ok) return { delivered: true }
    const after = Number(response.headers.get('retry-after') ?? Number.NaN)
    const why = `it was answered with status ${response.status}`
    return { delivered: false, why, afterSeconds: after >= 0 ? after : null }
  } catch (error) {
    return { delivered: false, why: reasonOf(error), afterSeconds: null }
  }
}

/** The code of what fetch failed over says more than the message. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as { name?: string; message?: string; cause?: { code?: string } }
  if (name === 'TimeoutError') return `there was no answer for ${ANSWER_MS / 1_000} s`
  return cause?.code ?? message ?? String(error)
}
