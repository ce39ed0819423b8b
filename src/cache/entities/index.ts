import { Activity } from './activity.ts'
import { ActivityHistory } from './activity-history.ts'
import { Alert, AlertMessage } from './alert.ts'
import { ApiKey, LoginSession } from './api-key.ts'
import { AuditEntry } from './audit-entry.ts'
import { BatchRows } from './batch-rows.ts'
import { Erasure } from './erasure.ts'
import { IngestBatch } from './ingest-batch.ts'
import { LiveVersion } from './live-version.ts'
import { Logic } from './logic.ts'
import { OutboxEvent } from './outbox-event.ts'
import { Project } from './project.ts'
import { QuarantinedRow } from './quarantined-row.ts'
import { Rejection } from './rejection.ts'
import { Slice } from './slice.ts'
import { SourceCursor } from './source-cursor.ts'
import { SourceRevision } from './source-revision.ts'
import { Sprint } from './sprint.ts'
import { ActiveVersion, StagePromotion } from './stage-version.ts'
import { Stereotype } from './stereotype.ts'
import { StereotypeHistory } from './stereotype-history.ts'
import { Team, TeamMember } from './team.ts'
import { UndeliveredEvent } from './undelivered-event.ts'
import { User } from './user.ts'

/** Every table of the cache, the annotations' aside. */
export const cacheEntities = [
  User,
  Stereotype,
  StereotypeHistory,
  Sprint,
  Project,
  Team,
  TeamMember,
  Activity,
  ActivityHistory,
  IngestBatch,
  QuarantinedRow,
  Rejection,
  SourceCursor,
  SourceRevision,
  Slice,
  Logic,
  ActiveVersion,
  StagePromotion,
  Alert,
  AlertMessage,
  ApiKey,
  LoginSession,
  AuditEntry,
  BatchRows,
  LiveVersion,
  Erasure,
  OutboxEvent,
  UndeliveredEvent,
]
