/** For what nobody can abort; one for each, as whoever waits listens to it. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal
}

/** What the promise gives, unless a signal is aborted first: then it rejects with its reason, and nobody waits. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
  })
  if (signal.aborted) onAbort()
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
