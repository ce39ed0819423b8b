import { userInfo } from 'node:os'
import { audited, detailsOf } from '../auth/audited.ts'
import type { Database } from '../cache/database.ts'
import { type Caller, trusted } from '../model/caller.ts'

/** Who runs a command: whoever may has the database itself. */
export function commandLine(): Caller {
  return trusted(`${userName()}, command line`)
}

/** Does what a mutation of this name does, and writes down who did it. */
export function done<T>(
  database: Database,
  action: string,
  details: Record<string, unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const deed = { caller: commandLine(), requestId: null, action, details: detailsOf(action, details) }
  return audited(database, deed, work)
}

/** In a container a user may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}
