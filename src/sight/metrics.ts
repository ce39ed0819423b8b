/** What Prometheus is told: what was counted, and how things stand when it asks. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CounterName, Counters, TimeName } from '../model/counters.ts'
import { within } from '../model/within.ts'
import { type Counted, counted, timed } from './counted.ts'
import { gauged, type Watched } from './gauged.ts'
import type { Standing } from './standing.ts'

/** Whether it is ready is not waited for longer. */
const LONGEST_WAIT_MS = 2_000

/** The metrics of one composition, in a registry of their own. */
export class Metrics {
  private readonly registry = new Registry()
  private readonly counters: Counters
  private readonly standing: Standing
  private readonly watched: Watched
  private readonly counts: [name: CounterName, counted: Counted, counter: Counter][] = []
  private readonly gauges: [read: (typeof gauged)[number]['read'], labels: readonly string[], gauge: Gauge][] = []
  private hasDefaults = false

  constructor(counters: Counters, standing: Standing, watched: Watched) {
    this.counters = counters
    this.standing = standing
    this.watched = watched
    const registers = [this.registry]
    for (const [name, each] of Object.entries(counted)) {
      const { labels, name: called, help } = each
      this.counts.push([
        name as CounterName,
        each,
        new Counter({ name: called, help, labelNames: [...labels], registers }),
      ])
    }
    for (const { read, labels, ...words } of gauged) {
      this.gauges.push([read, labels, new Gauge({ ...words, labelNames: [...labels], registers })])
    }
    const histograms = new Map(
      Object.entries(timed).map(([name, { labels, buckets, ...words }]) => {
        const own = { ...words, labelNames: [...labels], buckets: [...buckets], registers }
        return [name as TimeName, new Histogram(own)]
      }),
    )
    const labels = new Map<string, Record<string, string>>()
    counters.listen((name, of, ms) => {
      const key = `${name} ${of}`
      const own = labels.get(key) ?? labelsOf(timed[name].labels, of.split(' '))
      labels.set(key, own)
      histograms.get(name)?.observe(own, ms / 1_000)
    })
  }

  get contentType(): string {
    return this.registry.contentType
  }

  /** As Prometheus reads it; what can't be known just now is left out. */
  async text(): Promise<string> {
    // Nothing is measured before somebody asks.
    if (!this.hasDefaults) collectDefaultMetrics({ register: this.registry })
    this.hasDefaults = true
    const ready = this.watched.checkReady().then(
      () => true,
      () => false,
    )
    const [isReady, cache] = await Promise.all([within(LONGEST_WAIT_MS, ready, false), this.standing.now()])
    const stand = { ...this.watched, isReady, cache }
    for (const [read, labels, gauge] of this.gauges) {
      if (labels.length > 0) gauge.reset()
      else gauge.remove()
      for (const [value, ...words] of read(stand)) gauge.set(labelsOf(labels, words), value)
    }
    const read = this.counters.read()
    for (const [name, { labels, zeros }, counter] of this.counts) {
      counter.reset()
      for (const of of zeros?.(this.watched.known) ?? []) counter.inc(labelsOf(labels, of.split(' ')), 0)
      for (const [of, count] of Object.entries(read[name] ?? {})) counter.inc(labelsOf(labels, of.split(' ')), count)
    }
    return this.registry.metrics()
  }
}

/** Where all is counted together that came when too much was, each word is the same. */
function labelsOf(labels: readonly string[], words: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, i) => [label, words[i] ?? words[0] ?? '']))
}
