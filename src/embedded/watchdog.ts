import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { asUser, type ServerUser } from './server-user.ts'

/**
 * Ends the postmaster should this process die without doing so, even by `kill -9`: a shell waits on a pipe that only
 * the death of this process closes. Not on Windows: there the next start stops what was left over.
 *
 * @returns what calls it off
 */
export function watch(pid: number, user: ServerUser | undefined): () => void {
  if (process.platform === 'win32') return () => {}
  const shell = spawn('/bin/sh', ['-c', 'read _; kill -INT "$1"', 'steelthread-watchdog', String(pid)], {
    ...asUser(user),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: {},
  })
  shell.on('error', () => {})
  shell.unref()
  if (shell.stdin instanceof Socket) shell.stdin.unref()
  return () => shell.kill('SIGKILL')
}
