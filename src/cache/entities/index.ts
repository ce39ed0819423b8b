import { Activity } from './activity.ts'
import { Alert, AlertMessage } from './alert.ts'
import { BatchRows } from './batch-rows.ts'
import { Erasure } from './erasure.ts'
import { IngestBatch } from './ingest-batch.ts'
import { LiveVersion } from './live-version.ts'
import { Logic } from './logic.ts'
import { Project } from './project.ts'
import { QuarantinedRow } from './quarantined-row.ts'
import { Rejection } from './rejection.ts'
import { Slice } from './slice.ts'
import { SourceCursor } from './source-cursor.ts'
import { Sprint } from './sprint.ts'
import { Stereotype } from './stereotype.ts'
import { Team, TeamMember } from './team.ts'
import { User } from './user.ts'

/** Every table of the cache, the annotations' aside. */
export const cacheEntities = [
  User,
  Stereotype,
  Sprint,
  Project,
  Team,
  TeamMember,
  Activity,
  IngestBatch,
  QuarantinedRow,
  Rejection,
  SourceCursor,
  Slice,
  Logic,
  Alert,
  AlertMessage,
  BatchRows,
  LiveVersion,
  Erasure,
]
