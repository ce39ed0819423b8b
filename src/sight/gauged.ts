/** How things stand when somebody asks: each gauge, and where its values come from. */
import type pg from 'pg'
import type { Gauges } from '../cache/gauges.ts'
import type { Counted, Known } from './counted.ts'
import { hasFailed } from './source-states.ts'

/** What gauges are read off. */
export interface Watched {
  /** Of the cache. */
  pool: Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount' | 'options'>
  /** The sources that are pulled, and how often; 0: when somebody asks. */
  sources: readonly { name: string; everySeconds: number }[]
  known: Known
  /** Resolves where the service is ready. */
  checkReady(): Promise<unknown>
  /** Whether the broker is there; undefined where none is wanted. */
  isBrokerThere(): boolean | undefined
  /** How many subscribe to what is live. */
  subscribers(): number
}

/** How it all stands at one moment; of the cache only where it answers. */
export interface Stand extends Omit<Watched, 'checkReady'> {
  isReady: boolean
  cache: Gauges | undefined
}

/** A value and the words of its labels. */
type Value = readonly [value: number, ...words: string[]]

export interface Gauged extends Omit<Counted, 'zeros'> {
  /** Nothing where it isn't known. */
  read(stand: Stand): readonly Value[]
}

/** Of the cache: every process says the same. */
const OF_CACHE = 'Of the cache: every process on it says the same.'

export const gauged: readonly Gauged[] = [
  {
    name: 'steelthread_ready',
    help: 'Whether the process is ready, as /readyz says: 1 or 0.',
    labels: [],
    read: ({ isReady }) => [[Number(isReady)]],
  },
  {
    name: 'steelthread_cache_up',
    help: 'Whether the cache answered when this was read: 1 or 0. Where it did not, what is said of the cache is left out.',
    labels: [],
    read: ({ cache }) => [[Number(cache !== undefined)]],
  },
  {
    name: 'steelthread_broker_connected',
    help: 'Whether the broker is there: 1 or 0; left out where BROKER_URL is not set.',
    labels: [],
    read: ({ isBrokerThere }) => {
      const isThere = isBrokerThere()
      return isThere === undefined ? [] : [[Number(isThere)]]
    },
  },
  {
    name: 'steelthread_pool_connections',
    help: 'Connections of the pool to the cache, by state: busy or idle.',
    labels: ['state'],
    read: ({ pool }) => [
      [pool.totalCount - pool.idleCount, 'busy'],
      [pool.idleCount, 'idle'],
    ],
  },
  {
    name: 'steelthread_pool_max_connections',
    help: 'How many connections the pool may have.',
    labels: [],
    read: ({ pool }) => [[pool.options.max]],
  },
  {
    name: 'steelthread_pool_waiting_requests',
    help: 'How many wait for a connection of the pool.',
    labels: [],
    read: ({ pool }) => [[pool.waitingCount]],
  },
  {
    name: 'steelthread_live_subscribers',
    help: 'Subscriptions that are open in this process.',
    labels: [],
    read: ({ subscribers }) => [[subscribers()]],
  },
  {
    name: 'steelthread_source_interval_seconds',
    help: 'How long after a pull of a source began the next one does; 0: when somebody asks.',
    labels: ['source'],
    read: ({ sources }) => sources.map(({ name, everySeconds }) => [everySeconds, name]),
  },
  {
    name: 'steelthread_source_lag_seconds',
    help: `Since the last pull of a source that went well began; +Inf: there was none. ${OF_CACHE}`,
    labels: ['source'],
    read: ({ cache }) =>
      cache?.pulls.map(({ name, successSecondsAgo }) => [successSecondsAgo ?? Number.POSITIVE_INFINITY, name]) ?? [],
  },
  {
    name: 'steelthread_source_failing',
    help: `Whether the last pull of a source failed: 1 or 0. ${OF_CACHE}`,
    labels: ['source'],
    read: ({ cache }) => cache?.pulls.map((pull) => [Number(hasFailed(pull)), pull.name]) ?? [],
  },
  {
    name: 'steelthread_quarantine_open_rows',
    help: `Rows that wait in quarantine, by source and problem; a row with two problems is among those of both. ${OF_CACHE}`,
    labels: ['source', 'code'],
    read: ({ cache }) => cache?.quarantine.map(({ source, code, rows }) => [rows, source, code]) ?? [],
  },
  {
    name: 'steelthread_outbox_waiting_events',
    help: `Facts that wait to be handed over. ${OF_CACHE}`,
    labels: [],
    read: ({ cache }) => (cache ? [[cache.outbox.waiting]] : []),
  },
  {
    name: 'steelthread_outbox_oldest_seconds',
    help: `For how long the oldest of them has waited. ${OF_CACHE}`,
    labels: [],
    read: ({ cache }) => (cache ? [[cache.outbox.oldestSeconds]] : []),
  },
  {
    name: 'steelthread_undelivered_events',
    help: `Facts that a handler failed at and that are tried again. ${OF_CACHE}`,
    labels: [],
    read: ({ cache }) => (cache ? [[cache.outbox.undelivered]] : []),
  },
  {
    name: 'steelthread_dead_letters',
    help: `Facts that are not tried again unless somebody asks. ${OF_CACHE}`,
    labels: [],
    read: ({ cache }) => (cache ? [[cache.outbox.deadLetters]] : []),
  },
]
