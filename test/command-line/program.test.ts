import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { runCommand } from '../../src/command-line/program.ts'
import { entries, inSource, STALLING, sourceDatabase } from '../source/source-database.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'

const BIN = new URL('../../bin/steelthread.js', import.meta.url).pathname

let cache = ''
let source = 'postgres://127.0.0.1/nothing'

/** What the commands are configured by, here. */
function environment(env: Record<string, string> = {}): Record<string, string | undefined> {
  return {
    PATH: process.env.PATH,
    ...(cache && { DATABASE_URL: cache }),
    SOURCE_TIMESHEETS_URL: source,
    PORT: '0',
    ...env,
  }
}

/** Runs a command in this process, on the cache and with the source `timesheets`, and says what it printed and how it ended. */
async function run(words: string, env: Record<string, string> = {}) {
  const said = { out: '', err: '' }
  const [out, err, own] = [process.stdout.write, process.stderr.write, process.env]
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    said[stream] += text
    return true
  }
  process.stdout.write = into('out')
  process.stderr.write = into('err')
  process.env = environment(env)
  try {
    await runCommand(words.split(' '))
    return { ...said, code: Number(process.exitCode ?? 0) }
  } finally {
    Object.assign(process.stdout, { write: out })
    Object.assign(process.stderr, { write: err })
    process.env = own
    process.exitCode = undefined
  }
}

/** The same in a process of its own, as it is used. */
async function spawned(words: string, env: Record<string, string> = {}, onStart?: (child: ChildProcess) => void) {
  const child = spawn(process.execPath, [BIN, ...words.split(' ')], { env: environment(env) })
  onStart?.(child)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code }
}

const json = async (words: string, env?: Record<string, string>) => JSON.parse((await run(`${words} --json`, env)).out)

/** How many rows a table of the cache has. */
async function rowsOf(table: string): Promise<number> {
  const { rows } = await onDatabase(cache, (client) => client.query(`SELECT count(*)::integer AS count FROM ${table}`))
  return rows[0].count
}

function file(name: string, ...lines: string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'rows-')), name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

const HEAD = 'id,activity_date,duration_seconds,value_type,stereotype_id,user_id'

describe('on a cache', () => {
  beforeEach(async () => {
    cache = await freshDatabase()
    source = await sourceDatabase(
      entries(3, 'a', '2026-03-02 10:00Z'),
      entries(1, 'b', '2026-03-03 10:00Z', { date: 'soon' }),
    )
  })

  describe('sync', () => {
    test('pulls a source and says what became of its rows, without a bar where nobody looks', async () => {
      const { out, err, code } = await run('sync timesheets')
      expect({ err, code }).toEqual({ err: '', code: 0 })
      expect(out.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual([
        'Source "timesheets" was pulled.',
        ...['4 received', '3 inserted', '1 quarantined', '', 'Refused', 'code rows the first'],
        'INVALID_DATE 1 activity_date must be an ISO date such as "2026-03-02", not "soon" (row 3)',
        '',
      ])
      expect(await json('sync timesheets --full')).toMatchObject({ dryRun: false, received: 4, unchanged: 3 })
    })

    test('--dry-run says what it would do, and changes nothing', async () => {
      await run('sync timesheets')
      await inSource(source, `DELETE FROM time_entries WHERE id = 'a00001'`, `INSERT INTO employees VALUES (3, 'Cem')`)
      await inSource(
        source,
        `INSERT INTO time_entries VALUES ('c', '2026-03-04', 60, 'VA', 1, 3), ('a00002', '2026-03-05', 60, 'VA', 1, 1)`,
      )
      const before = [await rowsOf('activity'), await rowsOf('ingest_batch'), await rowsOf('app_user')]
      const preview = await json('sync timesheets --full --dry-run')
      expect(preview).toMatchObject({ dryRun: true, inserted: 1, updated: 1, quarantined: 1, removed: 1 })
      expect(preview.refusals).toEqual([
        expect.objectContaining({ code: 'INVALID_DATE', count: 1, externalId: 'b00001' }),
      ])
      expect([await rowsOf('activity'), await rowsOf('ingest_batch'), await rowsOf('app_user')]).toEqual(before)
      expect(await json('sync timesheets --full')).toMatchObject({
        inserted: 1,
        updated: 1,
        quarantined: 1,
        removed: 1,
      })
    })

    test('breaks off at Ctrl-C, and says so', async () => {
      await inSource(source, 'DROP TABLE time_entries')
      source = await sourceDatabase(...STALLING)
      let child: ChildProcess | undefined
      const running = spawned('sync timesheets', {}, (own) => {
        child = own
      })
      await onDatabase(source, async (client) => {
        for (let isAtIt = false; !isAtIt; ) {
          const { rows } = await client.query(
            `SELECT FROM pg_stat_activity WHERE application_name = 'steelthread' AND query LIKE '%pg_sleep%' OR query LIKE '%time_entries%'
             AND datname = current_database() AND pid <> pg_backend_pid()`,
          )
          isAtIt = rows.length > 0
        }
      })
      child?.kill('SIGINT')
      expect(await running).toEqual({ out: '', err: 'steelthread: Broken off, as the service stopped.\n', code: 1 })
    })
  })

  describe('ingest', () => {
    test('sends in the rows of a file, once under one key', async () => {
      await run('sync timesheets')
      const path = file('rows.csv', HEAD, 'x,2026-03-02,60,VA,1,1', 'y,never,60,VA,1,1')
      const { out, err, code } = await run(`ingest ${path} --source timesheets --key monday`)
      expect({ err, code }).toEqual({ err: '', code: 0 })
      expect(out).toMatch(
        /2 received\n +1 inserted\n +1 quarantined\nWhy rows were refused: steelthread quarantine summary/,
      )
      const again = await json(`ingest ${path} --source timesheets --key monday`)
      expect(again).toMatchObject({ source: 'timesheets', received: 2, inserted: 1, batches: [{ inserted: 1 }] })
      expect(await rowsOf('activity')).toBe(4)
    })

    test('brings along whom the rows of a file mention', async () => {
      const report =
        'User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags'
      const path = file(
        'toggl.csv',
        report,
        'Ann,ann@x.example,,Bridge,Coding,,Yes,2026-03-02,09:00:00,2026-03-02,10:00:00,01:00:00,',
      )
      expect(await json(`ingest ${path} --source toggl-csv`)).toMatchObject({ received: 1, inserted: 1 })
    })

    test.each([
      ['no file that is there', '/nowhere/rows.csv', /ENOENT/],
      ['other columns', file('rows.csv', 'a,b', '1,2'), /has no column "id", "activity_date"/],
      ['another kind of file', file('rows.txt', HEAD), /must be one of \.csv, \.tsv/],
    ])('refuses %s', async (_, path, message) => {
      const { out, err, code } = await run(`ingest ${path} --source timesheets`)
      expect({ out, code }).toEqual({ out: '', code: 1 })
      expect(err).toMatch(message)
      expect(err).toMatch(/^steelthread: [^\n]+\n$/)
    })
  })

  test('quarantine is listed, summed up, replayed and discarded', async () => {
    expect((await run('quarantine list')).out).toBe('No row waits in quarantine.\n')
    await run('sync timesheets')
    expect((await run('quarantine list')).out).toMatch(
      /timesheets +b00001 +\d{4}.* +INVALID_DATE: activity_date must be/,
    )
    const { totalCount, nodes } = await json('quarantine list --source timesheets --code INVALID_DATE')
    expect({ totalCount, row: nodes[0].row.activity_date }).toEqual({ totalCount: 1, row: 'soon' })
    expect(await json('quarantine summary')).toMatchObject([{ code: 'INVALID_DATE', field: 'activity_date', open: 1 }])
    const selected = '--source timesheets --field activity_date --since 2020-01-01'
    expect((await run(`quarantine replay ${selected} --dry-run`)).out).toMatch(
      /nothing was changed[\s\S]*1 would stay for INVALID_DATE/,
    )
    expect(await json(`quarantine replay ${selected}`)).toMatchObject({ received: 1, quarantined: 1 })
    expect((await run(`quarantine discard ${selected} --reason typo`)).out).toBe('One row was discarded.\n')
    const { err, code } = await run(`quarantine replay ${selected}`)
    expect({ err, code }).toEqual({
      err: 'steelthread: No OPEN quarantined row of source "timesheets" is like that.\n',
      code: 1,
    })
  })

  describe('sources', () => {
    test('are listed without their passwords, with how their pulls stand', async () => {
      const other = 'postgres://me:secret@127.0.0.1:1/times'
      await run('sync timesheets')
      await run('sync other', { SOURCE_OTHER_URL: other, SOURCE_OTHER_ADAPTER: 'timesheets' })
      const { out, err } = await run('sources list', { SOURCE_OTHER_URL: other, SOURCE_OTHER_ADAPTER: 'timesheets' })
      expect(out).toMatch(/timesheets +timesheets +postgres:\/\/\S+ +\d{4}-\S+ +went well/)
      expect(out).toMatch(/other +timesheets +postgres:\/\/127.0.0.1:1\/times +– +Source "other" can't be reached/)
      expect(out + err).not.toContain('secret')
    })

    test('are checked: three rows before and after translation, and nothing is written', async () => {
      const { out, code } = await run('sources check timesheets')
      expect(code).toBe(0)
      expect(out.match(/→ \{"externalId":"a0000\d","date":"2026-03-02"/g)).toHaveLength(3)
      await inSource(source, `UPDATE time_entries SET activity_date = NULL WHERE id = 'a00001'`)
      const { rows } = await json('sources check timesheets')
      expect(rows[0]).toMatchObject({ row: { id: 'a00001' }, record: null, problems: [{ code: 'MISSING_FIELD' }] })
      expect([await rowsOf('ingest_batch'), await rowsOf('source_cursor')]).toEqual([0, 0])
      await inSource(source, 'ALTER TABLE time_entries DROP value_type')
      expect(await run('sources check timesheets')).toMatchObject({
        out: '',
        code: 1,
        err: expect.stringContaining('"value_type"'),
      })
    })

    test('are removed only when that is said', async () => {
      await run('sync timesheets')
      expect(await run('sources remove timesheets')).toEqual({
        out: '',
        err: 'steelthread: everything that came from source "timesheets" would be removed: --yes does it\n',
        code: 2,
      })
      expect(await rowsOf('activity')).toBe(3)
      expect(await json('sources remove timesheets --yes')).toMatchObject({ removed: { activities: 3, users: 2 } })
    })
  })

  describe('doctor', () => {
    test('finds everything well', async () => {
      const { out, err, code } = await run('doctor')
      expect({ err, code }).toEqual({ err: '', code: 0 })
      expect(out.match(/^ok /gm)).toHaveLength(6)
      expect(out).toMatch(/Postgres \d+; its tables are up to date/)
    })

    test('names each thing that is wrong, and what to do, and shows no password', async () => {
      await inSource(source, 'ALTER TABLE time_entries DROP value_type')
      const { isWell, findings } = await json('doctor', {
        DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/cache',
        ALERT_WEBHOOK_URL: 'http://nowhere.invalid/secret',
        BROKER_URL: 'nats://me:secret@127.0.0.1:1',
      })
      expect(isWell).toBe(false)
      const wrong = findings.filter((finding: { isWell: boolean }) => !finding.isWell)
      expect(wrong).toEqual([
        expect.objectContaining({
          what: 'cache',
          detail: expect.stringMatching(/ECONNREFUSED/),
          advice: expect.any(String),
        }),
        expect.objectContaining({ what: 'source timesheets', detail: expect.stringMatching(/"value_type"/) }),
        expect.objectContaining({
          what: 'alerts',
          detail: expect.stringMatching(/^the webhook can't be reached: E[A-Z_]+$/),
        }),
        expect.objectContaining({ what: 'broker', detail: expect.stringMatching(/^it can't be reached: /) }),
      ])
      expect(JSON.stringify(findings)).not.toContain('secret')
    })

    test('names everything that is wrong with the configuration', async () => {
      const { out, code } = await run('doctor', { LOG_LEVEL: 'loud', SOURCE_TIMESHEETS_EVERY: 'often' })
      expect(code).toBe(1)
      expect(out.match(/^WRONG configuration: /gm)).toHaveLength(2)
    })

    test('makes nothing in a database that holds nothing yet', async () => {
      cache = await freshDatabase('nothing')
      const { out, code } = await run('doctor')
      expect({ code, out }).toEqual({
        code: 0,
        out: expect.stringContaining('its tables are made or changed at the next start'),
      })
      const { rows } = await onDatabase(cache, (client) =>
        client.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`),
      )
      expect(rows).toEqual([])
    })
  })

  test('an error is JSON where JSON is asked for', async () => {
    const { out, err, code } = await run('--json sync nope')
    expect({ out, code }).toEqual({ out: '', code: 1 })
    expect(JSON.parse(err)).toEqual({
      error: { code: 'BAD_USER_INPUT', argument: 'name', message: expect.stringContaining('Unknown source "nope"') },
    })
  })
})

describe('what is not understood', () => {
  test.each([
    ['foo', "unknown command 'foo'"],
    ['sync', "missing required argument 'source'"],
    ['sync a b', 'too many arguments'],
    ['serve --port 1', "unknown option '--port'"],
    ['ingest rows.csv', "required option '--source <name>' not specified"],
    ['quarantine list --code NOPE', 'Allowed choices are MISSING_FIELD'],
    ['quarantine list --limit 1001', '--limit must be a whole number from 1 to 1000, not 1001'],
    ['quarantine replay --source a --since yesterday', '--since must be a time such as 2026-03-02'],
    ['quarantine discard --source a', "required option '--reason <text>' not specified"],
    ['completion csh', 'Allowed choices are zsh, bash'],
  ])('%s', async (words, message) => {
    const { out, err, code } = await run(words)
    expect({ out, code }).toEqual({ out: '', code: 2 })
    expect(err.startsWith('steelthread: ')).toBe(true)
    expect(err).toContain(message)
  })
})

test.each(['quarantine list --limit 0', 'sources remove timesheets', 'quarantine list --code NOPE'])(
  'what is not understood is JSON, too: %s',
  async (words) => {
    const { out, err, code } = await run(`${words} --json`)
    expect({ out, code }).toEqual({ out: '', code: 2 })
    expect(JSON.parse(err)).toEqual({ error: { code: 'MISUSED', message: expect.any(String) } })
  },
)

test('what was sent by others moves no cursor', async () => {
  const { err } = await run('quarantine list --limit \u001b[31m9')
  expect(err).toBe('steelthread: --limit must be a whole number from 1 to 1000, not  [31m9\n')
})

test('a reader that is gone is no fault', async () => {
  const child = spawn(process.execPath, [BIN, '--help'], { env: environment() })
  child.stdout.destroy()
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect({ err, code }).toEqual({ err: '', code: 0 })
})

test('commands at once share one embedded Postgres, and none takes it from the others', async () => {
  const env = { STEELTHREAD_HOME: mkdtempSync(join(tmpdir(), 'home-')), SOURCE_TIMESHEETS_URL: '', DATABASE_URL: '' }
  chmodSync(env.STEELTHREAD_HOME, 0o755)
  const ended = await Promise.all([spawned('quarantine summary', env), spawned('sync demo', env)])
  expect(ended.map(({ err, code }) => ({ err, code }))).toEqual(ended.map(() => ({ err: '', code: 0 })))
})

describe('completion', () => {
  test.each(['bash', 'zsh'])('of %s is a script', async (shell) => {
    const { out, code } = await spawned(`completion ${shell}`)
    expect(code).toBe(0)
    expect(out).toContain('steelthread complete -- ')
  })

  test.each([
    ['quarantine ', ['list', 'summary', 'replay', 'discard', 'help']],
    ['sync ', ['timesheets']],
    ['ingest --source ', ['timesheets']],
    ['sync --fu', ['--full']],
  ])('completes "%s"', async (words, expected) => {
    const { out } = await spawned(`complete -- ${words}`)
    const lines = out.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
    expect(lines.map((line) => line.split('\t')[0])).toEqual(expected)
  })
})

describe('stages', () => {
  beforeAll(async () => {
    cache = await freshDatabase()
    source = await sourceDatabase(entries(3, 'a', '2026-03-02 10:00Z'))
    await run('sync timesheets')
  })

  test('are listed with their versions', async () => {
    const { out } = await run('stages list')
    expect(out.split('\n')[0]).toMatch(/^stage +version +state +stored +fresh +stale +missing$/)
    expect(out).toMatch(/^nva_summary +2 +active +0 +0 +0 +\d/m)
    const [first] = await json('stages list')
    expect(first).toMatchObject({ name: 'time_split', version: 1, versions: [{ version: 1, state: 'ACTIVE' }] })
  })

  test('are compared, as a version is with itself', async () => {
    const { out, code } = await run('stages compare nva_summary 2 --from 2026-01-01 --to 2026-12-31')
    expect(code).toBe(0)
    expect(out).toMatch(
      /^Version 2 of nva_summary beside version 2, 2026-01-01 to 2026-12-31:\n +[1-9]\d* the same\n +0 different/,
    )
    expect(out).toMatch(/nvaSeconds +0 +\d/)
    expect(out).toMatch(/[1-9]\d* person-periods were computed for it\./)
  })

  test.each([
    [
      'stages compare nva_summary two --from 2026-01-01 --to 2026-12-31',
      2,
      '<candidate> must be the number of a version',
    ],
    [
      'stages compare nva_summary 9 --from 2026-01-01 --to 2026-12-31',
      1,
      'This build has no version 9 of stage "nva_summary"',
    ],
    ['stages promote nva_summary 2', 1, 'Version 2 of stage "nva_summary" is active already.'],
    ['stages promote nothing 2', 1, 'There is no stage "nothing"'],
    ['stages compare nva_summary 2 --from 2026-01-01', 2, '--to'],
  ])('%s fails, and says why', async (words, exit, message) => {
    const { err, code } = await run(words)
    expect([code, err]).toEqual([exit, expect.stringContaining(message)])
  })

  test('are planned to be promoted without anything done, and pruned', async () => {
    expect((await run('stages promote nva_summary 2 --dry-run')).out).toMatch(/No number changes. Nothing was done.\n$/)
    expect((await run('stages prune --dry-run')).out).toMatch(/^0 person-periods .* would be dropped. Nothing was.\n$/)
    expect((await run('stages prune')).out).toMatch(/^0 person-periods .* were dropped.\n$/)
  })
})
