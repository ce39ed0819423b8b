import type { EventType, HintType, Told, ToldType } from '../../model/messages.ts'

/** A fact on its way. */
export interface Fact {
  /** By which whoever is told twice knows it. */
  id: string
  type: EventType
  payload: object
  /** How often it was given to somebody of a subscription; once, unless told. */
  deliveries?: number
}

/** Told of what happens, in the type's own payload. */
export type Hear = <T extends ToldType>(type: T, payload: Told[T]) => void

/** Takes facts from the outbox to whoever subscribed, in whichever process. */
export interface Carrier {
  /** Takes facts over, in their order. Resolves to those that it has for good: the others are handed to it again. */
  take(facts: readonly Fact[]): Promise<readonly Fact[]>

  /** Has every fact of the type delivered, by one of the processes that have such a subscription; again where that rejects. */
  subscribe(type: EventType, name: string, deliver: (fact: Fact) => Promise<void>): void

  /** Tells whoever listens at once. */
  hint<T extends HintType>(type: T, payload: Told[T]): void

  /** Hears facts and hints, as everyone who listens, until the returned is called. Resolves once it does, or where it can't for now. */
  listen(hear: Hear): Promise<() => Promise<void>>

  /** Whether what is told in other processes is heard here. */
  readonly reachesAll: boolean

  /** Resolves once nothing is on its way. */
  idle(): Promise<void>

  /** Takes nothing on any more, and finishes what is under way. */
  close(): Promise<void>
}
