/** Facts reach the handlers of the process that takes them over; who listens elsewhere is told by Postgres. */
import { randomUUID } from 'node:crypto'
import type { Notices } from '../../cache/notices.ts'
import type { EventType, HintType, Told, ToldType } from '../../model/messages.ts'
import { UnderWay } from '../under-way.ts'
import type { Carrier, Fact, Hear } from './carrier.ts'
import { noticeText, readNotice } from './notice-text.ts'

/** What isn't delivered after so long is left for later: nobody else hands facts over meanwhile. */
const LONGEST_MS = 10_000

type Deliver = (fact: Fact) => Promise<void>

export class InProcessCarrier implements Carrier {
  private readonly notices: Notices
  private readonly subscriptions = new Map<EventType, Map<string, Deliver>>()
  private readonly listeners = new Set<Hear>()
  private readonly underWay = new UnderWay()
  private readonly sender = randomUUID()

  constructor(notices: Notices) {
    this.notices = notices
  }

  get reachesAll(): boolean {
    return this.notices.canListen
  }

  async take(facts: readonly Fact[]): Promise<readonly Fact[]> {
    const left = new Set<Fact>()
    const end = performance.now() + LONGEST_MS
    const subscribed = [...this.subscriptions].flatMap(([type, named]) =>
      [...named.values()].map((deliver) => ({ type, deliver })),
    )
    await Promise.all(
      subscribed.map(async ({ type, deliver }) => {
        for (const fact of facts) {
          if (fact.type !== type) continue
          if (performance.now() > end) left.add(fact)
          else await deliver(fact).catch(() => left.add(fact))
        }
      }),
    )
    const taken = facts.filter((fact) => !left.has(fact))
    for (const { type, payload } of taken) this.tell(type, payload as Told[EventType])
    return taken
  }

  subscribe(type: EventType, name: string, deliver: Deliver): void {
    const named = this.subscriptions.get(type) ?? new Map<string, Deliver>()
    named.set(name, deliver)
    this.subscriptions.set(type, named)
  }

  hint<T extends HintType>(type: T, payload: Told[T]): void {
    this.tell(type, payload)
  }

  async listen(hear: Hear): Promise<() => Promise<void>> {
    this.listeners.add(hear)
    if (this.reachesAll) await this.notices.listen((text) => this.hearOther(text))
    return async () => {
      this.listeners.delete(hear)
      if (this.listeners.size === 0) await this.notices.stop()
    }
  }

  async idle(): Promise<void> {
    await this.underWay.ended()
  }

  async close(): Promise<void> {
    await this.idle()
    await this.notices.stop()
  }

  private tell<T extends ToldType>(type: T, event: Told[T]): void {
    this.hear(type, event)
    const notice = noticeText({ sender: this.sender, type, event })
    if (notice !== null) this.underWay.track(this.notices.send(notice))
  }

  private hearOther(text: string): void {
    const notice = readNotice(text)
    if (notice && notice.sender !== this.sender) this.hear(notice.type, notice.event)
  }

  private hear<T extends ToldType>(type: T, event: Told[T]): void {
    for (const hear of this.listeners) {
      try {
        hear(type, event)
      } catch {
        // Another version may tell of it in another way.
      }
    }
  }
}
