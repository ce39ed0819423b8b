/** What is done, part by part, for whoever traces it. Where nobody does, which is usual, this costs a look. */

/** What is said of a part: never what rows hold. */
export type SpanWords = Readonly<Record<string, string | number | boolean>>

export interface Span<T> {
  /** Of few kinds. */
  name: string
  /** Whether somebody else asked for it, or is asked; else it is the process's own. */
  kind?: 'asked' | 'asks'
  words?(): SpanWords
  /** What is said of it once it is known what came of it; an `error.type` among that says that it failed. */
  outcome?(result: T): SpanWords
  /** What others do by another's order is part of his trace: his `traceparent`, as W3C writes it. */
  traceparent?: string | undefined
}

/** Who traces. */
export interface Tracing {
  /** A part of what is under way here; nothing where nothing is. */
  part<T>(span: Span<T>, work: () => Promise<T>): Promise<T>
  /** The same, or else the beginning of a trace. */
  whole<T>(span: Span<T>, work: () => Promise<T>): Promise<T>
  /** The `traceparent` of what is under way. */
  traceparent(): string | undefined
}

let tracing: Tracing | undefined

/** From now on that one traces what this process does; nobody, where it is undefined. */
export function traceBy(tracer: Tracing | undefined): void {
  tracing = tracer
}

export function isTraced(): boolean {
  return tracing !== undefined
}

/** Does `work` as a part of what is under way. */
export function inSpan<T>(span: Span<T>, work: () => Promise<T>): Promise<T> {
  return tracing ? tracing.part(span, work) : work()
}

/** Does `work` as what a trace is of, unless it is a part of something itself. */
export function inTrace<T>(span: Span<T>, work: () => Promise<T>): Promise<T> {
  return tracing ? tracing.whole(span, work) : work()
}

/** To be sent along with an order to another process. */
export function traceparent(): string | undefined {
  return tracing?.traceparent()
}
