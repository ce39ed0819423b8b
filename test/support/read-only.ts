import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const READ_ONLY = 'mount --bind / / && mount -o remount,ro,bind /'

/** Why a process can't be kept from writing here; none where it can. */
export const WHY_NOT: string | undefined =
  process.getuid?.() !== 0
    ? 'only root can make a file system read-only for a process'
    : spawnSync('unshare', ['--mount', 'sh', '-c', `${READ_ONLY} && setpriv --version`]).status !== 0
      ? 'this machine lets nobody have a file system of his own (unshare --mount)'
      : undefined

/** Starts a command as a container would: as this user without any rights, all files read-only, in an environment of its own. */
export function startReadOnly(
  command: readonly string[],
  { folder, uid, env }: { folder: string; uid: string; env: Readonly<Record<string, string>> },
): { process: ChildProcess; said: Promise<string>; ended: Promise<number | null> } {
  const rights = ['--reuid', uid, '--regid', uid, '--clear-groups', '--no-new-privs', '--bounding-set=-all']
  const script = `${READ_ONLY} && cd "$0" && exec setpriv ${rights.join(' ')} "$@"`
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, folder, ...command], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { process: child, said: text(child.stdout), ended: once(child, 'exit').then(([code]) => code) }
}
