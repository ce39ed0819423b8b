/**
 * Questions over the broker, and answers. A question may be worked on twice: where nothing is heard of whoever took it, it is asked
 * again of the others. Whether it is done the counters in the cache say, so a lost answer costs no more than another look.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Msg } from '@nats-io/transport-node'
import { msLeft } from '../../model/deadlines.ts'
import {
  BrokerAwayError,
  CancelledError,
  NoWorkerError,
  SteelthreadError,
  UnavailableError,
} from '../../model/errors.ts'
import { inTrace, traceparent } from '../../model/spans.ts'
import { untilAborted } from '../../model/until-aborted.ts'
import { UnderWay } from '../under-way.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { fromWire, toWire, type WireError } from './wire-errors.ts'

/** Who works on a question says so each time this long. */
const BEAT_MS = 1_000

/** Of whom nothing is heard for so long is taken for dead: long enough for a process that is short of time. */
const LONGEST_SILENCE_MS = 5_000

/** So long a worker may be lacking, or the broker be away, before whoever asks is told: one may just be started anew. */
const LACKING_MS = 1_500
const LACKING_PAUSE_MS = 250

/** So many who took a question may be lost. */
const MOST_LOST = 5

/** Node counts no longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The queue of all who answer the same. */
const QUEUE = 'workers'

interface Question {
  id: string
  payload: unknown
  /** How long its answer is waited for. */
  withinMs: number | null
  /** Of whose trace it is a part. */
  traceparent?: string | undefined
}

/** What comes back: that it was taken, or is still at work, and then what came of it. */
type Reply = { beat: true } | { answer: unknown } | { error: WireError }

/** What is done with what comes back to a question. */
interface Asked {
  hear(reply: Reply): void
  /** Nobody hears the subject. */
  lack(): void
  /** Whoever has it can't be heard any more. */
  lose(): void
}

export type Answerer = (payload: unknown, signal: AbortSignal) => Promise<unknown>

export class WireRequests {
  private readonly broker: BrokerConnection
  private readonly replies: string
  private readonly cancels: string
  private readonly asked = new Map<string, Asked>()
  private readonly working = new Map<string, AbortController>()
  private readonly underWay = new UnderWay()
  private readonly onError: (error: unknown, subject: string) => void

  /** @param onError Told of what a question failed with that is no error a user can act on. */
  constructor(broker: BrokerConnection, onError: (error: unknown, subject: string) => void) {
    this.broker = broker
    this.onError = onError
    this.replies = `${broker.prefix}.replies.${randomUUID()}`
    this.cancels = `${broker.prefix}.cancels`
    broker.hear(`${this.replies}.*`, (message) => this.hearReply(message))
    broker.hear(this.cancels, (message) => this.hearCancel(message))
    broker.onLost(() => {
      for (const asked of this.asked.values()) asked.lose()
    })
  }

  /**
   * @param stage Whose process is asked, for errors.
   * @throws NoWorkerError where nobody answers the subject; BrokerAwayError where the broker is away; UnavailableError where one
   * after the other who takes it is lost; what the answerer threw; the signal's reason once it aborts.
   */
  ask(subject: string, stage: string, payload: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    return untilAborted(this.underWay.track(this.askUntilAnswered(subject, stage, payload, signal)), signal)
  }

  /** Answers what is asked under a subject, one of all processes that do each time. */
  answer(subject: string, answerer: Answerer): void {
    this.broker.hear(subject, (message) => this.take(message, subject, answerer), QUEUE)
  }

  /** Resolves once nothing is asked or worked on, of what was sent before too. */
  async idle(): Promise<void> {
    await this.broker.flush()
    await this.underWay.ended()
  }

  private async askUntilAnswered(
    subject: string,
    stage: string,
    payload: unknown,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    let since = performance.now()
    for (let lost = 0; lost < MOST_LOST; ) {
      signal?.throwIfAborted()
      const patience = LACKING_MS - (performance.now() - since)
      if (!(await this.broker.connectedWithin(patience))) throw new BrokerAwayError(stage)
      const outcome = await this.askOnce(subject, payload, signal)
      if (outcome === 'lost') {
        lost++
        since = performance.now()
      } else if (outcome !== 'lacking') return outcome.answer
      else if (patience <= 0) throw new NoWorkerError(stage)
      else await delay(LACKING_PAUSE_MS)
    }
    throw new UnavailableError(
      `${MOST_LOST} processes that ran the stage "${stage}" were lost one after the other; ask again.`,
    )
  }

  private async askOnce(
    subject: string,
    payload: unknown,
    signal: AbortSignal | undefined,
  ): Promise<{ answer: unknown } | 'lost' | 'lacking'> {
    const id = randomUUID()
    const question: Question = { id, payload, withinMs: msLeft(signal), traceparent: traceparent() }
    let silence: NodeJS.Timeout | undefined
    const outcome = new Promise<{ answer: unknown } | 'lost' | 'lacking'>((resolve, reject) => {
      silence = setTimeout(() => resolve('lost'), LONGEST_SILENCE_MS)
      const hear = (reply: Reply) => {
        if ('answer' in reply) resolve(reply)
        else if ('error' in reply) reject(fromWire(reply.error))
        else silence?.refresh()
      }
      this.asked.set(id, { hear, lack: () => resolve('lacking'), lose: () => resolve('lost') })
    })
    this.broker.send(subject, question, `${this.replies}.${id}`)
    try {
      return await untilAborted(outcome, signal)
    } catch (error) {
      if (signal?.aborted) this.broker.send(this.cancels, { id, error: toWire(signal.reason) })
      throw error
    } finally {
      clearTimeout(silence)
      this.asked.delete(id)
    }
  }

  private hearReply(message: Msg): void {
    const asked = this.asked.get(message.subject.slice(this.replies.length + 1))
    if (message.headers?.code === 503) asked?.lack()
    else asked?.hear(message.json<Reply>())
  }

  private hearCancel(message: Msg): void {
    const { id, error } = message.json<{ id: string; error: WireError }>()
    const reason = fromWire(error)
    // Where it comes right after its question, that one is begun by then.
    setImmediate(() => this.working.get(id)?.abort(reason))
  }

  private take(message: Msg, subject: string, answerer: Answerer): void {
    const { reply } = message
    const { id, payload, withinMs, traceparent } = message.json<Question>()
    if (!reply) return
    const tell = (said: Reply) => this.broker.send(reply, said)
    const cancelled = new AbortController()
    this.working.set(id, cancelled)
    const late =
      withinMs === null ? undefined : setTimeout(() => cancelled.abort(TOO_LATE), Math.min(withinMs, LONGEST_TIMER_MS))
    const beats = setInterval(() => tell({ beat: true }), BEAT_MS)
    tell({ beat: true })
    const work = inTrace({ name: 'request', kind: 'asked', traceparent }, () => answerer(payload, cancelled.signal))
      .then(
        (answer) => tell({ answer }),
        (error: unknown) => {
          if (!(error instanceof SteelthreadError) && !cancelled.signal.aborted) this.onError(error, subject)
          tell({ error: toWire(error) })
        },
      )
      .finally(() => {
        clearInterval(beats)
        clearTimeout(late)
        this.working.delete(id)
      })
    this.underWay.track(work)
  }
}

const TOO_LATE = new CancelledError('The time in which this was to be answered is over.')
