import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { commandLineOf, isAlive } from './live-process.ts'
import { disownPostmasterFile, readPostmasterFile } from './postmaster-file.ts'
import { shutDown } from './shut-down.ts'

/**
 * Stops the server that a killed service left running on the data, and clears the way where it died too.
 * Only for the owner of the data: nobody else's server can be running then.
 *
 * @returns the pid of the server that it stopped
 */
export async function stopLeftover(data: string, pgCtl: string): Promise<number | undefined> {
  const pid = readPostmasterFile(data)?.pid
  const found = pid !== undefined && isPostmasterOf(data, pid) ? pid : undefined
  if (found !== undefined && !(await shutDown(found, pgCtl))) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `A Postgres left over from an earlier run still holds ${data} and does not stop: end its process ${found} and start again.`,
    )
  }
  disownPostmasterFile(data)
  return found
}

/** On Windows nothing tells; but there pg_ctl's signals reach only a Postgres. */
function isPostmasterOf(data: string, pid: number): boolean {
  return isAlive(pid) && (process.platform === 'win32' || commandLineOf(pid).includes(data))
}
