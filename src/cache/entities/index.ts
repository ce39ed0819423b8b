import { Activity } from './activity.ts'
import { Alert, AlertMessage } from './alert.ts'
import { IngestBatch } from './ingest-batch.ts'
import { Logic } from './logic.ts'
import { Project } from './project.ts'
import { QuarantinedRow } from './quarantined-row.ts'
import { Rejection } from './rejection.ts'
import { Slice } from './slice.ts'
import { SourceCursor } from './source-cursor.ts'
import { Sprint } from './sprint.ts'
import { ActiveVersion, StagePromotion } from './stage-version.ts'
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
  ActiveVersion,
  StagePromotion,
  Alert,
  AlertMessage,
]
