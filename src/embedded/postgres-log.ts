// The server's own log: kept from run to run, bounded at each start, and read for what went wrong. Ours, because the server
// writes it itself, so that it has its last words too, also after this process died; what rotates logs in a process
// (rotating-file-stream) would have to stand between.
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'

const KEPT_BYTES = 10 * 1024 * 1024
const QUOTED_BYTES = 64 * 1024

/**
 * Opens the server's log for appending, and says where in it this run begins; one grown past 10 MiB is set aside as
 * `<file>.1` first.
 */
export function openLog(file: string): { descriptor: number; start: number } {
  const size = existsSync(file) ? statSync(file).size : 0
  if (size > KEPT_BYTES) renameSync(file, `${file}.1`)
  return { descriptor: openSync(file, 'a', 0o600), start: size > KEPT_BYTES ? 0 : size }
}

/** What the server wrote to its log since `start`, or the end of that if it is long; nothing if the log is gone. */
export function logSince(file: string, start: number): string {
  if (!existsSync(file)) return ''
  const descriptor = openSync(file, 'r')
  try {
    const from = Math.max(start, fstatSync(descriptor).size - QUOTED_BYTES)
    const buffer = Buffer.alloc(QUOTED_BYTES)
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, QUOTED_BYTES, from))
  } finally {
    closeSync(descriptor)
  }
}

/** Backends of a server that was killed say so when they go, in the log of the next. */
const FAREWELL = /due to unexpected postmaster exit/

/** The lines that say what went wrong, in what a Postgres program wrote; where none does, its last line. */
export function complaintsIn(output: string): string[] {
  const lines = output.split('\n').flatMap((line) => line.trim() || [])
  const complaints = lines.filter((line) => /\b(FATAL|PANIC|error):/.test(line) && !FAREWELL.test(line))
  return (complaints.length > 0 ? complaints : lines.slice(-1)).map(withoutTime)
}

function withoutTime(line: string): string {
  return line.replace(/^.* \[\d+\] ([A-Z]+): +/, '$1: ')
}
