/** How the cache stands, for those who look at it again and again. */
import { type Gauges, readGauges } from '../cache/gauges.ts'
import { pullStates } from '../cache/pulls.ts'
import type { SideConnection } from '../cache/side-connection.ts'
import { within } from '../model/within.ts'
import { type SourceState, sourceState } from './source-states.ts'

/** For so long what was read is good enough. */
const GOOD_MS = 5_000

/** Reading it takes this part of the time at most, however much is in quarantine. */
const MOST_OF_TIME = 0.1

/** Who looks is not kept waiting for longer: he is told what was read before, if that isn't too old, and the next one sees the new. */
const LONGEST_WAIT_MS = 2_000
const OLDEST_MS = 60_000

const LATE = Symbol('late')

/** In words, for who asks whether a service is ready. */
export interface StandingWords {
  database: 'there' | 'away'
  /** By their names; nothing where that isn't known. */
  sources?: Record<string, SourceState>
}

type Side = Pick<SideConnection, 'sqlInSession'>

export class Standing {
  private readonly side: Side
  private readonly quickSide: Side
  private readonly sources: readonly { name: string; everySeconds: number }[]
  private reading: Promise<Gauges | undefined> | undefined
  private goodUntil = 0
  private known: { gauges: Gauges; at: number } | undefined

  /**
   * @param quickSide Over it words are asked for: reading the rest may take a while.
   * @param sources Those that are pulled.
   */
  constructor(side: Side, quickSide: Side, sources: readonly { name: string; everySeconds: number }[]) {
    this.side = side
    this.quickSide = quickSide
    this.sources = sources
  }

  /** Undefined where the cache doesn't answer. Nobody waits for long, and all who look within some seconds see the same. */
  async now(): Promise<Gauges | undefined> {
    if (!this.reading || performance.now() > this.goodUntil) {
      this.goodUntil = Number.POSITIVE_INFINITY
      this.reading = this.read()
    }
    const read = await within<Gauges | undefined | typeof LATE>(LONGEST_WAIT_MS, this.reading, LATE)
    if (read !== LATE) return read
    const { known } = this
    return known && performance.now() - known.at < OLDEST_MS ? known.gauges : undefined
  }

  /** As it is now. */
  async words(): Promise<StandingWords> {
    const asked = pullStates(this.quickSide.sqlInSession, this.names()).catch(() => undefined)
    const states = await within(LONGEST_WAIT_MS, asked, undefined)
    if (!states) return { database: 'away' }
    const words = states.map(
      (state, i) => [state.name, sourceState(state, this.sources[i]?.everySeconds ?? 0)] as const,
    )
    return { database: 'there', sources: Object.fromEntries(words) }
  }

  private names(): string[] {
    return this.sources.map(({ name }) => name)
  }

  private async read(): Promise<Gauges | undefined> {
    const begun = performance.now()
    const gauges = await readGauges(this.side.sqlInSession, this.names()).catch(() => undefined)
    const now = performance.now()
    if (gauges) this.known = { gauges, at: now }
    this.goodUntil = gauges ? now + Math.max(GOOD_MS, (now - begun) / MOST_OF_TIME) : now
    return gauges
  }
}
