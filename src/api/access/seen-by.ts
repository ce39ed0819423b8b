import type { Database } from '../../cache/database.ts'
import { seeing } from '../../cache/scoped-views.ts'
import type { Caller } from '../../model/caller.ts'

/** The cache as somebody may see it: of a limited viewer every read is limited here, and nowhere else. */
export function seenBy({ scope }: Caller, database: Database, today: string): Database {
  return scope ? database.limitedTo(seeing(scope, today)) : database
}
