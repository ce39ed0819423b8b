/** What each counter is called for Prometheus, and what its words are. */
import type { CounterName, TimeName } from '../model/counters.ts'

/** What there is to count by, whether or not anything was counted yet. */
export interface Known {
  stages: readonly string[]
  /** Those that are pulled. */
  sources: readonly string[]
}

export interface Counted {
  name: string
  help: string
  /** Of the words by which it is counted, in their order. */
  labels: readonly string[]
  /** By what it is 0 before anything is counted: a rate over what begins with 1 doesn't see that one. */
  zeros?(known: Known): readonly string[]
}

const byStage = { labels: ['stage'], zeros: ({ stages }: Known) => stages }

const OUTCOMES = ['inserted', 'updated', 'unchanged', 'superseded', 'skipped', 'quarantined']

const STAGE = ['stage']

export const counted: Readonly<Record<Exclude<CounterName, TimeName>, Counted>> = {
  httpRequests: {
    name: 'steelthread_http_requests_total',
    help: 'HTTP requests that were answered, by route, method and status; 499: whoever asked went before.',
    labels: ['route', 'method', 'status'],
  },
  graphqlOperations: {
    name: 'steelthread_graphql_operations_total',
    help: 'GraphQL operations that were begun, by type: query, mutation or subscription.',
    labels: ['type'],
    zeros: () => ['query', 'mutation', 'subscription'],
  },
  graphqlErrors: {
    name: 'steelthread_graphql_errors_total',
    help: 'Errors that clients of the API were shown, by code.',
    labels: ['code'],
    zeros: () => ['INTERNAL_SERVER_ERROR'],
  },
  slicesChecked: {
    name: 'steelthread_slices_checked_total',
    help: 'Slices of a stage whose freshness was asked.',
    ...byStage,
  },
  slicesRecomputed: {
    name: 'steelthread_slices_recomputed_total',
    help: 'Slices of a stage for which it ran in this process.',
    ...byStage,
  },
  slicesUnchanged: {
    name: 'steelthread_slices_unchanged_total',
    help: 'Those of the recomputed slices that came out equal to what was stored.',
    ...byStage,
  },
  slicesVerified: {
    name: 'steelthread_slices_verified_total',
    help: 'Slices of a stage that were found up to date again without running it.',
    ...byStage,
  },
  stageRequests: {
    name: 'steelthread_stage_requests_total',
    help: 'Requests to bring slices of a stage up to date, whichever process answers them.',
    ...byStage,
  },
  stageBatches: {
    name: 'steelthread_stage_batches_total',
    help: 'Batches of slices of a stage that this process took on.',
    ...byStage,
  },
  ingestRows: {
    name: 'steelthread_ingest_rows_total',
    help: 'Rows that came, by source and by what became of them: inserted, updated, unchanged, superseded, skipped or quarantined.',
    labels: ['source', 'outcome'],
    zeros: ({ sources }) => sources.flatMap((source) => OUTCOMES.map((outcome) => `${source} ${outcome}`)),
  },
  pulls: {
    name: 'steelthread_pulls_total',
    help: 'Pulls that ended in this process, by source and outcome: succeeded, failed or broken_off, as the service stopped.',
    labels: ['source', 'outcome'],
    zeros: ({ sources }) => sources.flatMap((source) => [`${source} succeeded`, `${source} failed`]),
  },
  eventsPublished: {
    name: 'steelthread_events_published_total',
    help: 'Facts that this process handed over to those who subscribed, by type.',
    labels: ['type'],
  },
  eventsDelivered: {
    name: 'steelthread_events_delivered_total',
    help: 'Facts that a handler was given and done with, by subscription.',
    labels: ['subscription'],
  },
  eventsFailed: {
    name: 'steelthread_events_failed_total',
    help: 'Facts that a handler failed at and is given again, by subscription.',
    labels: ['subscription'],
  },
  eventsRedelivered: {
    name: 'steelthread_events_redelivered_total',
    help: 'Facts that a handler was given again, by subscription.',
    labels: ['subscription'],
  },
  eventsDead: {
    name: 'steelthread_events_dead_total',
    help: 'Facts that a handler failed at for the last time, by subscription: they are dead letters.',
    labels: ['subscription'],
  },
}

/** Seconds, each with the bounds of its buckets. */
export const timed: Readonly<Record<TimeName, Counted & { buckets: readonly number[] }>> = {
  httpMs: {
    name: 'steelthread_http_request_duration_seconds',
    help: 'From the beginning of an HTTP request to the end of its answer, by route; streams of events are none.',
    labels: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  stageRunMs: {
    name: 'steelthread_stage_run_seconds',
    help: 'How long a stage ran for a batch of slices, by stage.',
    labels: STAGE,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300],
  },
  stageQueueMs: {
    name: 'steelthread_stage_queue_seconds',
    help: 'How long a batch of slices waited for its turn in this process, by stage.',
    labels: STAGE,
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
  },
}
