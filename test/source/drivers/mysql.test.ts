import { MysqlConnection } from '../../../src/source/drivers/mysql/mysql-connection.ts'
import { sourcesOf } from '../../../src/source/sources.ts'
import { inMariaDb, type MariaDb, noMariaDb, startMariaDb } from '../../support/mariadb.ts'
import { progressOf, pulling, SYNC, stored, sync } from '../pulling.ts'

const TABLES = [
  'CREATE TABLE employees (id integer, full_name text)',
  'CREATE TABLE activity_kinds (id integer, code text, label text)',
  'CREATE TABLE iterations (id integer, title text, starts_on date, ends_on date)',
  `CREATE TABLE time_entries (
    id varchar(20), activity_date date, duration_seconds integer, value_type varchar(3), stereotype_id bigint, user_id integer,
    updated_at datetime(6) DEFAULT now(6)
  )`,
  `INSERT INTO employees VALUES (1, 'Ann'), (2, 'Ben 🙂')`,
  `INSERT INTO activity_kinds VALUES (1, 'coding', 'Coding'), (2, 'meeting', 'Meeting')`,
  `INSERT INTO iterations VALUES (1, 'Sprint 1', '2026-03-02', '2026-03-13')`,
]

let server: MariaDb

if (noMariaDb) console.warn(`Sources in MariaDB are not tested: ${noMariaDb}.`)
const describeMariaDb = noMariaDb ? describe.skip : describe

describeMariaDb(`a source in MariaDB${noMariaDb ? ` (skipped: ${noMariaDb})` : ''}`, () => {
  beforeAll(async () => {
    server = await startMariaDb()
  }, 60_000)

  afterAll(() => server.stop())

  const database = (...statements: string[]) => server.database(...TABLES, ...statements)
  const entry = (id: string, seconds: number, at: string) =>
    `INSERT INTO time_entries VALUES ('${id}', '2026-03-02', ${seconds}, 'NVA', 2, 1, ${at})`

  test('is pulled whole, with whom and what its rows refer to, and then what changed', async () => {
    const url = await database(entry('a', 60, 'now(6)'), entry('b', 120, 'now(6)'))
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 2, warnings: [] })
    expect(await service.get('{ users { nodes { name } } sprints { name startDate endDate } }')).toEqual({
      users: { nodes: [{ name: 'Ann' }, { name: 'Ben 🙂' }] },
      sprints: [{ name: 'Sprint 1', startDate: '2026-03-02', endDate: '2026-03-13' }],
    })
    await inMariaDb(
      url,
      `UPDATE time_entries SET duration_seconds = 61, updated_at = now(6) WHERE id = 'a'`,
      `INSERT INTO time_entries VALUES ('c', '2026-03-03', 1, 'VA', 1, 2, now(6))`,
    )
    expect(await sync(service)).toMatchObject({ inserted: 1, updated: 1, unchanged: 1 })
    expect(await stored(service)).toEqual(['a 1 2026-03-02 61', 'b 1 2026-03-02 120', 'c 2 2026-03-03 1'])
  })

  test('comes page by page, each row once', async () => {
    const url = await database(`INSERT INTO time_entries
      SELECT seq, '2026-03-02', seq % 100, 'NVA', 2, 1, '2026-03-02 10:00:00' + INTERVAL seq DIV 7 SECOND FROM seq_1_to_12007`)
    const service = await pulling({ timesheets: url })
    expect(await progressOf(service)).toEqual([0, 5_000, 10_000, 12_007].map((rows) => ({ rows, total: 12_007 })))
    expect((await stored(service)).length).toBe(12_007)
    expect(await sync(service)).toMatchObject({ inserted: 0, updated: 0 })
  })

  test('can’t be written to through the connection that reads it', async () => {
    const url = await database(entry('a', 60, 'now(6)'))
    const source = sourcesOf([{ name: 'timesheets', adapter: 'timesheets', url }]).get('timesheets')
    const plan = source?.adapter.pull
    if (!source || !plan) throw new Error('There is no such source.')
    const connection = await MysqlConnection.open({ ...source, url }, plan, new AbortController().signal)
    for (const statement of [
      'DELETE FROM time_entries',
      'UPDATE time_entries SET id = 1',
      'DROP TABLE time_entries',
      'CREATE TABLE more (id integer)',
    ]) {
      await expect(connection.run(statement)).rejects.toThrow(/READ ONLY/)
    }
    expect((await connection.run('SELECT id FROM time_entries')).rows).toEqual([['a']])
    await connection.close()
  })

  test('has what is no date quarantined, and what is no time of change read each time', async () => {
    const url = await database(
      `INSERT INTO time_entries VALUES ('a', '0000-00-00', 60, 'NVA', 2, 1, '2026-03-02 10:00:00')`,
      entry('b', 60, `'0000-00-00 00:00:00'`),
      entry('c', 60, 'NULL'),
    )
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ received: 3, inserted: 2, quarantined: 1 })
    const { quarantine } = await service.get('{ quarantine { nodes { row problems { code message } } } }')
    expect(quarantine.nodes).toMatchObject([
      {
        row: { id: 'a', activity_date: '0000-00-00' },
        problems: [{ code: 'INVALID_DATE', message: expect.stringContaining('"0000-00-00"') }],
      },
    ])
    await inMariaDb(url, 'UPDATE time_entries SET duration_seconds = 61')
    expect(await sync(service)).toMatchObject({ updated: 2 })
  })

  test('keeps every digit and character of what it holds', async () => {
    const url = await database(
      `ALTER TABLE time_entries ADD big bigint unsigned, ADD sum decimal(30, 10), ADD bits bit(9), ADD raw binary(3), ADD latin varchar(9) CHARACTER SET latin1, ADD at_time time(3), ADD flag bool`,
      `INSERT INTO time_entries VALUES ('a', '2026-02-30', 60, 'NVA', 2, 1, now(6),
        18446744073709551615, 12345678901234567890.1234567890, b'100000001', x'00ff41',
        'é', '-11:59:59.5', true)`,
    )
    const service = await pulling({ timesheets: url })
    await sync(service)
    const { quarantine } = await service.get('{ quarantine { nodes { row } } }')
    const [row] = await service.database.sql<{ row: string }>('SELECT row::text FROM quarantined_row')
    expect(row?.row).toContain('"big":18446744073709551615')
    expect(row?.row).toContain('"sum":12345678901234567890.1234567890')
    expect(quarantine.nodes[0].row).toMatchObject({
      bits: 257,
      raw: '\\x00ff41',
      latin: 'é',
      at_time: '-11:59:59.500',
      flag: 1,
    })
  })

  test('is read by its own clock, wherever that stands', async () => {
    await inMariaDb(await database(), `SET GLOBAL time_zone = '+05:45'`)
    const url = await database(entry('a', 60, 'now(6)'))
    const service = await pulling({ timesheets: url }, { overlapSeconds: 0 })
    expect(await sync(service)).toMatchObject({ inserted: 1, warnings: [] })
    const [cursor] = await service.database.sql<{ age: number }>(
      `SELECT extract(epoch FROM now() - place)::float8 AS age FROM source_cursor WHERE source = 'timesheets'`,
    )
    expect(Math.abs(cursor?.age ?? 1e9)).toBeLessThan(60)
    await inMariaDb(url, entry('b', 60, 'now(6)'))
    expect(await sync(service)).toMatchObject({ inserted: 1, warnings: [] })
    await inMariaDb(url, `SET GLOBAL time_zone = 'SYSTEM'`)
  })

  test('is asked for all that it has of an activity where a row is older than what is stored, while pages come', async () => {
    const url = await database(entry('a', 60, `'2026-03-02 12:00:00'`))
    const service = await pulling({ timesheets: url }, { overlapSeconds: 86_400 })
    await sync(service)
    await inMariaDb(
      url,
      `UPDATE time_entries SET updated_at = '2026-03-02 11:00:00', duration_seconds = 59`,
      `INSERT INTO time_entries SELECT concat('n', seq), '2026-03-02', 1, 'NVA', 2, 1, '2026-03-02 12:00:01' FROM seq_1_to_6000`,
    )
    expect(await sync(service)).toMatchObject({ inserted: 6_000, updated: 1 })
    expect(await stored(service)).toContain('a 1 2026-03-02 59')
  })

  test('that breaks off in the middle is said to, and gone on with', async () => {
    // More than fits on the way: the server is not done with the statement before most of it was taken.
    const url = await database(
      'ALTER TABLE time_entries ADD comment text',
      `INSERT INTO time_entries
        SELECT seq, '2026-03-02', 60, 'NVA', 2, 1, '2026-03-02 10:00:00' + INTERVAL seq SECOND, repeat('x', 2000) FROM seq_1_to_20000`,
    )
    const service = await pulling({ timesheets: url })
    const pull = service.ask(SYNC, { name: 'timesheets' })
    await inMariaDb(
      url,
      `BEGIN NOT ATOMIC
        DECLARE puller bigint DEFAULT NULL;
        DECLARE deadline datetime DEFAULT now() + INTERVAL 20 SECOND;
        WHILE puller IS NULL AND sysdate() < deadline DO
          SET puller = (SELECT min(id) FROM information_schema.processlist
            WHERE db = DATABASE() AND id <> connection_id() AND state = 'Writing to net' AND info LIKE '%ORDER BY updated_at%');
        END WHILE;
        KILL puller;
      END`,
    )
    const { errors = [] } = await pull
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(/^Source "timesheets" can't be pulled: /),
      extensions: { code: 'SOURCE_PULL_FAILED' },
    })
    await sync(service)
    expect((await stored(service)).length).toBe(20_000)
  })

  test('is let go at once where a page of it is refused', async () => {
    const url = await database(
      'ALTER TABLE time_entries ADD pad text',
      `INSERT INTO time_entries SELECT seq, '2026-03-02', -1, 'NVA', 2, 1, now(6), repeat('x', 500) FROM seq_1_to_60000`,
    )
    const service = await pulling({ timesheets: url })
    const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
    expect(errors[0]?.extensions.code).toBe('TOO_MANY_BAD_ROWS')
  })

  test.each(['?ssl=nonsense', '?ssl={bad'])('whose URL ends in %j is said not to be reached', async (end) => {
    const service = await pulling({ timesheets: `${await database()}${end}` })
    const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
    expect(errors[0]?.extensions.code).toBe('SOURCE_PULL_FAILED')
    expect(JSON.stringify(errors)).not.toContain('secret')
  })

  test('that stands still is given up', async () => {
    const url = await database(entry('a', 60, 'now(6)'))
    const service = await pulling({ timesheets: url }, { timeoutSeconds: 1 })
    server.process.kill('SIGSTOP')
    try {
      const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
      expect(errors[0]?.message).toMatch(/^Source "timesheets" can't be reached: no answer within 1 s\.$/)
    } finally {
      server.process.kill('SIGCONT')
    }
    expect(await sync(service)).toMatchObject({ inserted: 1 })
  })

  test('whose view takes too long is given up, with the variable that says how long it may take', async () => {
    const url = await database(
      entry('a', 60, 'now(6)'),
      'RENAME TABLE time_entries TO entered',
      'CREATE VIEW time_entries AS SELECT * FROM entered WHERE sleep(30) = 0',
    )
    const service = await pulling({ timesheets: url }, { timeoutSeconds: 1 })
    const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
    expect(errors[0]?.message).toMatch(
      /^Source "timesheets" can't be pulled: .*\(SOURCE_TIMESHEETS_TIMEOUT is 1 s\)\.$/,
    )
  })

  test.each([
    [
      'has no such database',
      (url: string) => url.replace(/source_\d+$/, 'nowhere'),
      /can't be reached: Unknown database 'nowhere'/,
    ],
    ['refuses the password', (url: string) => url.replace('secret', 'hush'), /can't be reached: Access denied/],
  ])('that %s says so, and never the password', async (_, other, message) => {
    const service = await pulling({ timesheets: other(await database()) })
    const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
    expect(errors[0]?.message).toMatch(message)
    expect(JSON.stringify(errors)).not.toMatch(/secret|hush/)
  })

  test.each([
    ['a column', 'ALTER TABLE time_entries DROP user_id', /time_entries has no column "user_id"\. It needs id, /],
    [
      'numbers of seconds',
      'ALTER TABLE time_entries MODIFY duration_seconds text',
      /"duration_seconds" of time_entries must be a number, and is a text\. Nothing was pulled\./,
    ],
    ['its table', 'DROP TABLE time_entries', /time_entries' doesn't exist/],
    ['times of change', 'ALTER TABLE time_entries MODIFY updated_at text', /must be a timestamp or a date/],
  ])('that lacks %s is not pulled', async (_, statement, message) => {
    const service = await pulling({ timesheets: await database(entry('a', 60, 'now(6)'), statement) })
    const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
    expect(errors[0]?.message).toMatch(message)
    expect(await stored(service)).toEqual([])
  })

  test('that is another than the one before is refused', async () => {
    const url = await database(entry('a', 60, 'now(6)'))
    const service = await pulling({ timesheets: url })
    await sync(service)
    const other = await pulling({ timesheets: await database(entry('z', 60, 'now(6)')) }, { cache: service.url })
    const { errors = [] } = await other.ask(SYNC, { name: 'timesheets' })
    expect(errors[0]?.extensions?.code).toBe('SOURCE_CHANGED')
  })
})
