/** A change as bars that begin where the one before ends. */

export interface Part {
  kind: string
  label: string
  contribution: number
}

/** The difference of two numbers, taken apart; the parts and the rest come to the change. */
export interface Explanation<P extends Part> {
  before?: number | null
  after?: number | null
  parts: readonly P[]
  rest: { count: number; contribution: number }
}

export interface Bar<P> {
  key: string
  kind: 'before' | 'part' | 'rest' | 'after'
  label: string
  what: string
  /** What it adds; of the first and the last, all there is. */
  value: number
  from: number
  to: number
  part?: P
}

interface Names<P extends Part> {
  before: string
  after: string
  rest: (count: number) => string
  what: (part: P) => string
}

/** The first bar begins at 0, the last ends there; each part between begins where the one above ended. */
export function barsOf<P extends Part>({ before, after, parts, rest }: Explanation<P>, names: Names<P>): Bar<P>[] {
  let reached = before ?? 0
  const step = (value: number) => {
    const from = reached
    reached += value
    return { value, from, to: reached }
  }
  const bars: Bar<P>[] = [whole('before', names.before, before ?? 0)]
  parts.forEach((part, index) => {
    const own = { key: `part-${index}`, kind: 'part' as const, label: part.label, what: names.what(part) }
    bars.push({ ...own, ...step(part.contribution), part })
  })
  if (rest.count > 0) {
    bars.push({
      key: 'rest',
      kind: 'rest',
      label: names.rest(rest.count),
      what: 'all that is not shown',
      ...step(rest.contribution),
    })
  }
  return [...bars, whole('after', names.after, after ?? 0)]
}

function whole(kind: 'before' | 'after', label: string, value: number) {
  return {
    key: kind,
    kind,
    label,
    what: kind === 'before' ? 'all of it then' : 'all of it now',
    value,
    from: 0,
    to: value,
  }
}

/** What a chart of them spans: from 0, but where that would leave the parts too small to see, from below the lowest of their ends. */
export function rangeOf<P>(bars: readonly Bar<P>[]): [start: number, end: number] {
  const levels = bars.map(({ to }) => to)
  const [low, high] = [Math.min(0, ...levels), Math.max(0, ...levels)]
  const steps = bars.filter(({ kind }) => kind !== 'after').map(({ to }) => to)
  const [lowest, highest] = [Math.min(...steps), Math.max(...steps)]
  const spread = highest - lowest
  return low < 0 || spread === 0 || lowest < 2 * spread ? [low, high] : [lowest - spread / 2, highest]
}

/** Whether some part moved the whole by so much at least. */
export function hasStandout<P>(bars: readonly Bar<P>[], least: number): boolean {
  return bars.some(({ kind, value }) => kind === 'part' && Math.abs(value) >= least)
}
