import type { Receipt } from './receipt.ts'
import type { ToldWindows, Window } from './window.ts'

/** How many of each went with a source. */
export interface SourceRemovalCounts {
  activities: number
  users: number
  stereotypes: number
  sprints: number
  projects: number
  quarantinedRows: number
  batches: number
}

/** Facts: whoever subscribed is told of each, at least once. Payloads are plain JSON and small: keys and counts, never rows. */
export interface Events {
  /** Activities were written, or removed outside of any batch. The windows are of users: days that lost or got some. */
  'activities.ingested': {
    source: string
    batchId: string | null
    inserted: number
    updated: number
    deleted: number
  } & ToldWindows
  'rows.quarantined': { source: string; batchId: string; count: number; countsByCode: Record<string, number> }
  'pull.began': { source: string; batchId: string }
  /** `changed` counts activities that were inserted, updated or removed. */
  'pull.ended': { source: string; batchId: string; changed: number }
  'pull.failed': { source: string; batchId: string; error: string }
  /** Everything that came from the source is gone. */
  'source.removed': { source: string } & SourceRemovalCounts
  'users.deleted': { count: number }
  'projects.deleted': { count: number }
  /** Another version of the stage answers from now on. */
  'stage.promoted': { stage: string; version: number; formerVersion: number | null }
  'annotations.discarded': { stage: string; from: string | null; to: string | null; count: number }
}

/** What may be lost: it is told at once, to whoever listens. */
export interface Hints {
  /** The windows are those that were asked for, and are up to date now. */
  'slices.refreshed': { stage: string; version: number; receipt: Receipt } & ToldWindows
}

/** All that can be listened to. */
export type Told = Events & Hints

/** Questions that await an answer. */
export interface Requests {
  /** Bring the stage's slices in these windows up to date, by that logic: two builds never answer for each other. */
  'slices.refresh': { payload: { stage: string; logic: string; windows: Window[] }; answer: Receipt }
}

/** Who can answer a request: a process that runs the stage by the logic. */
export interface Topic {
  stage: string
  logic: string
}

export type EventType = keyof Events
export type HintType = keyof Hints
export type ToldType = keyof Told
export type RequestType = keyof Requests
