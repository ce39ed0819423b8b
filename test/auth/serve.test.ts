/** Whether the service starts, by what it is told of who asks, and the keys that are made by commands. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { runCommand } from '../../src/command-line/program.ts'
import { scratchFolder } from '../embedded/scratch.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { serviceProcess } from '../support/service-process.ts'

const MAIN = new URL('../../dist/src/main.js', import.meta.url).pathname

async function run(words: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...words], { env: { PATH: process.env.PATH, ...settings } })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code }
}

/** The same in this process, which takes less long. */
async function inProcess(words: readonly string[], databaseUrl: string) {
  const said = { out: '', err: '' }
  const [out, err, env] = [process.stdout.write, process.stderr.write, process.env]
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    said[stream] += text
    return true
  }
  Object.assign(process.stdout, { write: into('out') })
  Object.assign(process.stderr, { write: into('err') })
  process.env = { PATH: env.PATH, DATABASE_URL: databaseUrl, AUTH: 'keys' }
  try {
    await runCommand([...words])
    return { ...said, code: Number(process.exitCode ?? 0) }
  } finally {
    Object.assign(process.stdout, { write: out })
    Object.assign(process.stderr, { write: err })
    process.env = env
    process.exitCode = undefined
  }
}

test.each(['0.0.0.0', '::', '192.0.2.1', 'steelthread.example'])(
  'on %s it doesn’t start unless it is said whether anybody is asked who that is',
  async (host) => {
    const { out, err, code } = await run(['serve'], { HOST: host, PORT: '0', STEELTHREAD_HOME: scratchFolder() })
    expect({ out, code }).toEqual({ out: '', code: 1 })
    expect(err).toMatch(/^steelthread: AUTH must be set where HOST \(.*\) is an address that others reach: keys, /)
  },
)

test('AUTH=none starts it there, and lets whoever reaches it ask', async () => {
  const service = await serviceProcess(await freshDatabase(), { env: { HOST: '0.0.0.0', AUTH: 'none' } })
  expect(await service.ask('{ caller { name role } }')).toMatchObject({ data: { caller: { role: 'ADMIN' } } })
  await service.stop()
})

describe('keys by commands', () => {
  let url: string
  const keys = (...words: string[]) => run(['keys', ...words], { DATABASE_URL: url, AUTH: 'keys' })

  beforeAll(async () => {
    url = await freshDatabase()
    await onDatabase(url, async (client) => {
      await client.query(`INSERT INTO team (id, name) VALUES ('01938d5e-0000-7000-8000-00000000000a', 'Red')`)
      await client.query(
        `INSERT INTO app_user (id, source, external_id, name) VALUES
           ('01938d5e-0000-7000-8000-00000000000b', 'erp', '7', 'Ann'), ('01938d5e-0000-7000-8000-00000000000c', 'crm', '7', 'Ann')`,
      )
    })
  })

  test('the first one is made before anybody can ask, and lets its owner in until it is revoked', async () => {
    const service = await serviceProcess(url, { env: { HOST: '0.0.0.0', AUTH: 'keys' } })
    const asked = async (secret: string) => {
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ query: '{ caller { name } }' })
      return (await fetch(`${service.address}/graphql`, { method: 'POST', headers, body })).status
    }
    const made = await keys('create', '--role', 'admin', '--name', 'Ann, at home', '--json')
    const { id, secret, ...key } = JSON.parse(made.out)
    expect(key).toMatchObject({ name: 'Ann, at home', role: 'admin', state: 'valid', lastUsedAt: null })
    expect(secret).toMatch(/^st_[\w-]{43}$/)
    expect(await asked(secret)).toBe(200)
    const listed = await keys('list')
    expect(listed.out).toContain('Ann, at home')
    expect(listed.out).not.toContain(secret)
    expect((await keys('list', '--json')).out).not.toMatch(/secret|hash/i)
    expect((await keys('revoke', id)).out).toBe('The key "Ann, at home" is revoked: it is nobody\'s from now on.\n')
    expect(await asked(secret)).toBe(401)
    expect(JSON.parse((await keys('list', '--json')).out)).toMatchObject([{ id, state: 'revoked' }])
    expect(JSON.stringify(service.said)).not.toContain(secret)
    await service.stop()
  })

  test.each<[string[], RegExp]>([
    [['create', '--role', 'boss', '--name', 'x'], /--role must be one of viewer, ingester, operator, admin, not boss/],
    [['create', '--role', 'viewer'], /required option '--name <name>' not specified/],
    [['create', '--role', 'viewer', '--name', ' '], /name must say whose the key is and what for/],
    [['create', '--role', 'viewer', '--name', 'x', '--expires', 'soon'], /--expires must be/],
    [['create', '--role', 'viewer', '--name', 'x', '--expires', '0d'], /--expires must be/],
    [
      ['create', '--role', 'viewer', '--name', 'x', '--expires', '2020-01-01'],
      /expiresAt must be a time that lies ahead/,
    ],
    [['create', '--role', 'viewer', '--name', 'x', '--team', 'Blue'], /--team: there is no "Blue"/],
    [
      ['create', '--role', 'viewer', '--name', 'x', '--user', 'Ann'],
      /--user: "Ann" is the name of several; say which: (erp:7, crm:7|crm:7, erp:7)/,
    ],
    [['create', '--role', 'admin', '--name', 'x', '--team', 'Red'], /Only a viewer can be limited to teams or users/],
    [['create', '--role', 'viewer', '--name', 'x', '--source', 'erp'], /Only an ingester can be limited to sources/],
    [['create', '--role', 'ingester', '--name', 'x', '--source', 'erp'], /sources names "erp"; there is timesheets, /],
    [['revoke', 'Ann'], /<id> must be that of a key, as "keys list" shows it, not Ann/],
    [['revoke', '01938d5e-0000-7000-8000-0000000000ff'], /There is no key 01938d5e-0000-7000-8000-0000000000ff/],
    [['revoke'], /missing required argument 'id'/],
    [['nothing'], /unknown command 'nothing'|too many arguments/],
  ])('keys %j says what is wrong, and makes nothing', async (words, fault) => {
    const { out, err, code } = await inProcess(['keys', ...words], url)
    expect({ out, isRefused: code !== 0 }).toEqual({ out: '', isRefused: true })
    expect(err).toMatch(fault)
    expect(err).not.toMatch(/\n {4}at /)
  })

  test('a viewer is limited to who is named, and expires by a day or by days', async () => {
    const made = await keys(
      ...[
        'create',
        '--role',
        'viewer',
        '--name',
        'x',
        '--team',
        'Red',
        '--user',
        'erp:7',
        '--expires',
        '30d',
        '--json',
      ],
    )
    const { teamIds, userIds, expiresAt } = JSON.parse(made.out)
    expect([teamIds, userIds]).toEqual([
      ['01938d5e-0000-7000-8000-00000000000a'],
      ['01938d5e-0000-7000-8000-00000000000b'],
    ])
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 30 * 86_400_000)).toBeLessThan(120_000)
    expect(
      JSON.parse((await keys('create', '--role', 'viewer', '--name', 'y', '--expires', 'never', '--json')).out),
    ).toMatchObject({
      expiresAt: null,
    })
  })
})
