import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from './embedded-postgres-error.ts'

/** What Postgres says of itself in `postmaster.pid`. */
export interface PostmasterFile {
  pid: number
  /** of 127.0.0.1; undefined where it hasn't chosen one yet */
  port: number | undefined
  ready: boolean
}

/** Undefined where no server runs on the data, or has only begun to start. */
export function readPostmasterFile(data: string): PostmasterFile | undefined {
  const lines = read(join(data, 'postmaster.pid'))?.split('\n') ?? []
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3]) || undefined, ready: lines[7]?.trim() === 'ready' }
}

/**
 * Tells Postgres that the writer of `postmaster.pid` is gone. It would take any process that has that pid by now for a
 * living postmaster, and refuse; its own parent's pid it knows not to be one. The rest stays, because from it Postgres
 * finds out whether backends of the dead one live on.
 */
export function disownPostmasterFile(data: string): void {
  const file = join(data, 'postmaster.pid')
  const content = read(file)
  if (content === undefined) return
  const [pid, ...rest] = content.split('\n')
  if (pid) writeFileSync(file, [process.pid, ...rest].join('\n'))
  else rmSync(file)
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
