/** A signal says that something is over; when that will be at the latest can be known before. */
const deadlines = new WeakMap<AbortSignal, number>()

/** Says when a signal will abort at the latest: in so many milliseconds, or, null, at no time that is known. */
export function setDeadline(signal: AbortSignal, inMs: number | null): void {
  if (inMs === null) deadlines.delete(signal)
  else deadlines.set(signal, performance.now() + inMs)
}

/** How many milliseconds there are until then; null where that isn't known. */
export function msLeft(signal: AbortSignal | undefined): number | null {
  const deadline = signal && deadlines.get(signal)
  return deadline === undefined ? null : Math.max(0, deadline - performance.now())
}
