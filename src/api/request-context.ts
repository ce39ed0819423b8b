import type DataLoader from 'dataloader'
import type { KeptPlace, KeptRow } from '../cache/batch-rows.ts'
import type { Database } from '../cache/database.ts'
import type { Project } from '../cache/entities/project.ts'
import type { User } from '../cache/entities/user.ts'
import type { MembershipOfTeam } from '../cache/teams.ts'
import type { Freshness } from '../freshness/freshness.ts'
import type { HowFresh } from '../freshness/read/freshness-mode.ts'
import type { Reads } from '../freshness/read/moment.ts'
import type { PastBudget } from '../freshness/read/past.ts'
import type { ChosenVersions } from '../freshness/versions/active-versions.ts'
import type { Caller } from '../model/caller.ts'
import type { SteelthreadError } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import { emptyReceipt, type Receipt } from '../model/receipt.ts'
import type { SourceRow } from '../model/source-row.ts'
import type { Annotation } from '../periods/annotation.ts'
import type { Connection, QuarantinedRowConnection } from './connections.ts'
import type { FreshnessNode } from './freshness-node.ts'
import type { ContributionPage, ContributionsKey } from './provenance-node.ts'

/** What one request gathers. */
export interface RequestContext {
  /** One object for whoever answers a part of it: Apollo Server hands a copy of the context to resolvers. */
  gathered: Gathered
  /** Those of the operation, as the executor takes them; undefined where it refuses one. */
  variables?: Record<string, unknown>
  /** What fields of the root came to, by their keys in the answer, before they were left to the executor. */
  failures: Map<string | number, SteelthreadError>
  readonly loaders: Loaders
  /** The same for what is read in another moment: nothing of it is known yet. */
  within(moment: Pick<RequestContext, 'database' | 'freshness'>): RequestContext
  /** Who asks: what is read keeps to what that one may see. */
  caller: Caller
  limits: Limits
  /** The ISO date, in UTC, on which it is answered. */
  today: string
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal
  /** What queries read with: it stops when the request is cancelled. Mutations are finished, so they use the service's. */
  database: Reads
  freshness: Freshness
  /** The cache as it is now, for what needs a transaction of its own. */
  cache: Database
  /** The versions of stages that answer, as they were when the request came. */
  versions: ChosenVersions
  /** Why those couldn't be read: what is read of stages doesn't count. */
  versionsFailure?: unknown
}

/** The same for a field, as its arguments say. */
export type Reading = RequestContext & {
  how: HowFresh
  /** The moment of which is read, where that isn't now. */
  asOf?: Date
}

export interface Gathered {
  /** By which the log tells of the request. */
  requestId?: string
  /** Set once annotations were touched. */
  receipt?: Receipt
  /** Of quarantined and kept rows, until now. */
  rowBytes: number
  /** Set where the answer is made of what is committed in the cache and of today's date alone. */
  isFromCache?: boolean
  /** Set where something in it says when it was true. */
  isOfItsTime?: boolean
  /** How much of pasts was looked at. */
  past?: PastBudget
}

export interface Loaders {
  /** Null where there is none. */
  users: DataLoader<string, User | null>
  projects: DataLoader<string, Project | null>
  members: DataLoader<{ teamId: string; on: string | null }, MembershipOfTeam[], string>
  annotations: DataLoader<AnnotationKey, Annotation[], string>
  /** How many rows in quarantine belong to an annotation. */
  quarantinedRows: DataLoader<Annotation, number>
  freshness: DataLoader<Annotation, FreshnessNode>
  contributions: DataLoader<ContributionsKey, ContributionPage>
  /** What quarantined rows hold, by their ids. */
  rows: DataLoader<string, SourceRow>
  /** How many rows of batches are kept, by their ids. */
  keptCounts: DataLoader<string, number>
  keptRows: DataLoader<KeptRowsKey, Connection<KeptRow>, string>
  rejections: DataLoader<RejectionKey, QuarantinedRowConnection, string>
}

/** The annotations of one user, or of another subject, over a range. */
export interface AnnotationKey {
  stage: string
  subjectId: string
  from: string
  to: string
  /** By which versions, and how fresh. */
  reading: Reading
}

/** One page of what a batch refused. */
export interface RejectionKey {
  batchId: string
  limit: number
  after: number | null
  backward: boolean
}

/** One page of the rows of a batch. */
export interface KeptRowsKey extends KeptPlace {
  batchId: string
}

/** The request's receipt; asking for it says that annotations were touched. */
export function receiptOf({ gathered }: RequestContext): Receipt {
  gathered.receipt ??= emptyReceipt()
  return gathered.receipt
}
