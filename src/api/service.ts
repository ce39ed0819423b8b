import type { Database } from '../cache/database.ts'
import type { Freshness } from '../freshness/freshness.ts'
import type { ActiveVersions } from '../freshness/versions/active-versions.ts'
import type { Limits } from '../model/limits.ts'
import type { Acl } from '../source/acl.ts'

/** What the API stands on. */
export interface Service {
  database: Database
  freshness: Freshness
  versions: ActiveVersions
  acl: Acl
  limits: Limits
  /** The ISO date, in UTC. */
  today(): string
}
