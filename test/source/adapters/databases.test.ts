import { freshDatabase } from '../../support/databases.ts'
import { inMariaDb, type MariaDb, noMariaDb, startMariaDb } from '../../support/mariadb.ts'
import { pulling } from '../pulling.ts'
import { inSource } from '../source-database.ts'
import { pulled } from './pulled.ts'

/** A Postgres database in which these statements made everything. */
async function postgres(...statements: readonly string[]): Promise<string> {
  const url = await freshDatabase('nothing')
  await inSource(url, ...statements)
  return url
}

const REDMINE = (text: string, time: string) => [
  `CREATE TABLE users (id integer, login ${text}, firstname ${text}, lastname ${text}, status integer)`,
  `CREATE TABLE enumerations (id integer, name ${text}, type ${text}, project_id integer)`,
  `CREATE TABLE projects (id integer, name ${text})`,
  `CREATE TABLE versions (id integer, project_id integer, name ${text}, effective_date date, created_on ${time})`,
  `CREATE TABLE time_entries (id integer, project_id integer NOT NULL, user_id integer NOT NULL, activity_id integer NOT NULL,
     issue_id integer, hours double precision NOT NULL, comments ${text}, spent_on date NOT NULL, tyear integer, tmonth integer,
     tweek integer, created_on ${time} NOT NULL, updated_on ${time} NOT NULL)`,
  `INSERT INTO users VALUES (1, 'ann', 'Ann', 'Lee', 1), (2, 'ben', 'Ben', 'Ho', 3)`,
  `INSERT INTO enumerations VALUES (8, 'Design', 'TimeEntryActivity', NULL), (9, 'Meeting', 'TimeEntryActivity', 1), (3, 'Low', 'IssuePriority', NULL)`,
  `INSERT INTO projects VALUES (1, 'Bridge')`,
  `INSERT INTO versions VALUES (1, 1, '1.0', '2026-03-13', '2026-03-02 08:00:00'), (2, 1, 'open', NULL, '2026-03-02 08:00:00')`,
  `INSERT INTO time_entries VALUES
     (1, 1, 1, 8, 5, 7.6, 'x', '2026-03-02', 2026, 3, 10, '2026-03-02 10:00:00', '2026-03-02 10:00:00'),
     (2, 1, 2, 9, NULL, 0.33333334, NULL, '2026-03-03', 2026, 3, 10, '2026-03-02 10:00:00', '2026-03-02 10:00:00'),
     (3, 1, 1, 8, NULL, 24, NULL, '2026-03-04', 2026, 3, 10, '2026-03-02 10:00:00', '2026-03-02 10:00:00'),
     (4, 1, 1, 8, NULL, 25.5, 'a whole week', '2026-03-05', 2026, 3, 10, '2026-03-02 10:00:00', '2026-03-02 10:00:00'),
     (5, 1, 1, 7, NULL, 1, 'an activity that is gone', '2026-03-05', 2026, 3, 10, '2026-03-02 10:00:00', '2026-03-02 10:00:00')`,
]

const REDMINE_ROWS = {
  report: { received: 5, inserted: 3, quarantined: 2, skipped: 0, warnings: [] },
  activities: [
    '1 | 2026-03-02 | 27360 | NON_VALUE_ADD | Ann Lee | Design | Bridge',
    '2 | 2026-03-03 | 1200 | NON_VALUE_ADD | Ben Ho | Meeting | Bridge',
    '3 | 2026-03-04 | 86400 | NON_VALUE_ADD | Ann Lee | Design | Bridge',
  ],
  refused: ['4: DURATION_OUT_OF_RANGE hours', '5: UNKNOWN_STEREOTYPE activity_id'],
  sprints: [{ name: '1.0', startDate: '2026-03-02', endDate: '2026-03-13' }],
  projects: [{ name: 'Bridge', client: null }],
}

test('redmine: hours on a day, in Postgres', async () => {
  expect(await pulled('redmine', await postgres(...REDMINE('varchar', 'timestamp')))).toMatchObject(REDMINE_ROWS)
})

test('openproject: hours on a day; what is going on is skipped', async () => {
  const url = await postgres(
    'CREATE TABLE users (id bigint, login varchar, firstname varchar, lastname varchar)',
    'CREATE TABLE enumerations (id bigint, name varchar, type varchar)',
    'CREATE TABLE projects (id bigint, name varchar)',
    'CREATE TABLE versions (id bigint, project_id bigint, name varchar, start_date date, effective_date date)',
    `CREATE TABLE time_entries (id bigint, project_id bigint NOT NULL, user_id bigint NOT NULL, entity_type varchar, entity_id bigint,
       hours double precision, comments varchar, activity_id bigint, spent_on date NOT NULL, tyear integer, tmonth integer, tweek integer,
       created_at timestamp NOT NULL, updated_at timestamp NOT NULL, ongoing boolean NOT NULL DEFAULT false, start_time integer, time_zone varchar)`,
    `INSERT INTO users VALUES (1, 'ann', 'Ann', 'Lee')`,
    `INSERT INTO enumerations VALUES (8, 'Development', 'TimeEntryActivity')`,
    `INSERT INTO projects VALUES (9007199254740993, 'Bridge')`,
    `INSERT INTO versions VALUES (1, 1, 'Sprint 1', '2026-03-02', '2026-03-13'), (2, 1, 'later', NULL, NULL)`,
    `INSERT INTO time_entries (id, project_id, user_id, entity_type, entity_id, hours, comments, activity_id, spent_on, tyear, tmonth, tweek,
         created_at, updated_at, ongoing) VALUES
       (1, 9007199254740993, 1, 'WorkPackage', 5, 1.25, '', 8, '2026-03-02', 2026, 3, 10, '2026-03-02 10:00', '2026-03-02 10:00', false),
       (2, 9007199254740993, 1, NULL, NULL, 0, NULL, NULL, '2026-03-03', 2026, 3, 10, '2026-03-02 10:00', '2026-03-02 10:00', false),
       (3, 9007199254740993, 1, NULL, NULL, NULL, NULL, 8, '2026-03-03', 2026, 3, 10, '2026-03-02 10:00', '2026-03-02 10:00', true),
       (4, 9007199254740993, 1, NULL, NULL, 'NaN', NULL, 8, '2026-03-03', 2026, 3, 10, '2026-03-02 10:00', '2026-03-02 10:00', false),
       (5, 9007199254740993, 1, NULL, NULL, NULL, NULL, 8, '2026-03-03', 2026, 3, 10, '2026-03-02 10:00', '2026-03-02 10:00', false)`,
  )
  expect(await pulled('openproject', url)).toMatchObject({
    report: { received: 5, inserted: 2, quarantined: 2, skipped: 1, warnings: [] },
    activities: [
      '1 | 2026-03-02 | 4500 | NON_VALUE_ADD | Ann Lee | Development | Bridge',
      '2 | 2026-03-03 | 0 | NON_VALUE_ADD | Ann Lee | none | Bridge',
    ],
    refused: ['4: INVALID_TYPE hours', '5: MISSING_FIELD hours'],
    sprints: [{ name: 'Sprint 1', startDate: '2026-03-02', endDate: '2026-03-13' }],
  })
})

describe('solidtime: from a start to an end', () => {
  const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`
  const tables = [
    'CREATE TABLE users (id uuid, name varchar, timezone varchar)',
    'CREATE TABLE projects (id uuid, name varchar)',
    'CREATE TABLE tasks (id uuid, name varchar, project_id uuid)',
    `CREATE TABLE time_entries (id uuid, description varchar(5000) NOT NULL DEFAULT '', start timestamp(0) NOT NULL, "end" timestamp(0),
       billable boolean NOT NULL, user_id uuid NOT NULL, project_id uuid, task_id uuid, tags jsonb, created_at timestamp(0), updated_at timestamp(0))`,
    `INSERT INTO users VALUES ('${id(1)}', 'Ann', 'Asia/Kathmandu'), ('${id(2)}', 'Ben', 'America/New_York'), ('${id(3)}', 'Cho', 'Mars/Base')`,
    `INSERT INTO projects VALUES ('${id(1)}', 'Bridge')`,
    `INSERT INTO tasks VALUES ('${id(1)}', 'Design', '${id(1)}')`,
  ]
  const entry = (n: number, user: number, start: string, end: string | null, billable = true) =>
    `INSERT INTO time_entries VALUES ('${id(n)}', '', '${start}', ${end ? `'${end}'` : 'NULL'}, ${billable}, '${id(user)}',
       ${billable ? `'${id(1)}', '${id(1)}'` : 'NULL, NULL'}, '["a"]', '2026-03-02', '2026-03-02 10:00')`

  test('on the day on which it began where its user is; what runs is skipped', async () => {
    const url = await postgres(
      ...tables,
      // 23:45 and 00:00 in Kathmandu, which is 5:45 ahead.
      entry(1, 1, '2026-03-02 18:00:00', '2026-03-02 19:30:00'),
      entry(2, 1, '2026-03-02 18:15:00', '2026-03-02 18:15:01', false),
      // The night in which New York put its clocks on: from 1:30 to 3:30, which is an hour, on the day before.
      entry(3, 2, '2026-03-08 06:30:00', '2026-03-08 07:30:00'),
      entry(4, 1, '2026-03-09 08:00:00', null),
      entry(5, 1, '2026-03-09 08:00:00', '2026-03-10 08:00:01'),
      entry(6, 1, '2026-03-09 08:00:00', '2026-03-09 07:59:59'),
      entry(7, 3, '2026-03-09 08:00:00', '2026-03-09 09:00:00'),
    )
    const { service, ...all } = await pulled('solidtime', url)
    expect(all).toMatchObject({
      report: { received: 7, inserted: 3, quarantined: 3, skipped: 1, warnings: [] },
      activities: [
        `${id(1)} | 2026-03-02 | 5400 | VALUE_ADD | Ann | Design | Bridge`,
        `${id(2)} | 2026-03-03 | 1 | NON_VALUE_ADD | Ann | none`,
        `${id(3)} | 2026-03-08 | 3600 | VALUE_ADD | Ben | Design | Bridge`,
      ],
      refused: [
        `${id(5)}: DURATION_OUT_OF_RANGE end`,
        `${id(6)}: DURATION_OUT_OF_RANGE end`,
        `${id(7)}: INVALID_TIME user_timezone`,
      ],
    })
    await inSource(
      url,
      `UPDATE time_entries SET "end" = '2026-03-09 10:00:00', updated_at = now() AT TIME ZONE 'UTC' WHERE id = '${id(4)}'`,
    )
    const { syncSource } = await service.get('mutation { syncSource(name: "solidtime") { inserted skipped } }')
    expect(syncSource).toEqual({ inserted: 1, skipped: 0 })
  })
})

test.each([
  ['before names were by language', 'varchar', (name: string) => `'${name}'`],
  ['since they are', 'jsonb', (name: string) => `'{"de_DE": "-", "en_US": "${name}"}'`],
])('odoo: hours or days on a day, %s', async (_, type, named) => {
  const url = await postgres(
    'CREATE TABLE hr_employee (id integer, name varchar)',
    `CREATE TABLE uom_uom (id integer, name ${type}, factor numeric)`,
    `CREATE TABLE project_project (id integer, name ${type})`,
    'CREATE TABLE project_task (id integer, name varchar)',
    `CREATE TABLE account_analytic_line (id integer, name varchar, date date NOT NULL, unit_amount double precision, product_uom_id integer,
       user_id integer, employee_id integer, project_id integer, task_id integer, amount numeric, create_date timestamp, write_date timestamp)`,
    `INSERT INTO hr_employee VALUES (1, 'Ann')`,
    `INSERT INTO uom_uom VALUES (1, ${named('Hours')}, 8), (2, ${named('Days')}, 1)`,
    `INSERT INTO project_project VALUES (1, ${named('Bridge')})`,
    `INSERT INTO project_task VALUES (1, 'Design')`,
    `INSERT INTO account_analytic_line VALUES
       (1, 'x', '2026-03-02', 1.5, 1, 1, 1, 1, 1, -90.00, '2026-03-02 10:00', '2026-03-02 10:00'),
       (2, 'x', '2026-03-03', 0.5, 2, 1, 1, 1, NULL, 0, '2026-03-02 10:00', '2026-03-02 10:00'),
       (3, 'an invoice', '2026-03-03', 7, NULL, 1, NULL, NULL, NULL, 0, '2026-03-02 10:00', '2026-03-02 10:00'),
       (4, 'taken back', '2026-03-03', -1, 1, 1, 1, 1, 1, 0, '2026-03-02 10:00', '2026-03-02 10:00')`,
  )
  expect(await pulled('odoo', url)).toMatchObject({
    report: { received: 3, inserted: 2, quarantined: 1, skipped: 0, warnings: [] },
    activities: [
      '1 | 2026-03-02 | 5400 | NON_VALUE_ADD | Ann | Design | Bridge',
      '2 | 2026-03-03 | 14400 | NON_VALUE_ADD | Ann | none | Bridge',
    ],
    refused: ['4: DURATION_OUT_OF_RANGE hours'],
  })
})

if (noMariaDb) console.warn(`Kimai, and Redmine in MariaDB, are not tested: ${noMariaDb}.`)
const describeMariaDb = noMariaDb ? describe.skip : describe

describeMariaDb(`in MariaDB${noMariaDb ? ` (skipped: ${noMariaDb})` : ''}`, () => {
  let server: MariaDb

  beforeAll(async () => {
    // Its clock must not matter.
    server = await startMariaDb(['--default-time-zone=-05:00'])
  }, 60_000)

  afterAll(() => server.stop())

  test('redmine', async () => {
    expect(await pulled('redmine', await server.database(...REDMINE('varchar(255)', 'datetime')))).toMatchObject(
      REDMINE_ROWS,
    )
  })

  test('kimai: local days; what runs is skipped, and the last 60 days are read again', async () => {
    const url = await server.database(
      'CREATE TABLE kimai2_users (id int, username varchar(180), alias varchar(60))',
      'CREATE TABLE kimai2_customers (id int, name varchar(150))',
      'CREATE TABLE kimai2_projects (id int, customer_id int, name varchar(150))',
      'CREATE TABLE kimai2_activities (id int, project_id int, name varchar(150))',
      `CREATE TABLE kimai2_timesheet (id int, user int NOT NULL, activity_id int NOT NULL, project_id int NOT NULL, start_time datetime NOT NULL,
         end_time datetime, duration int, description longtext, rate double NOT NULL DEFAULT 0, timezone varchar(64) NOT NULL DEFAULT 'Asia/Tokyo',
         exported tinyint(1) NOT NULL DEFAULT 0, billable tinyint(1) DEFAULT 1, category varchar(10) NOT NULL DEFAULT 'work',
         date_tz date NOT NULL, break int)`,
      `INSERT INTO kimai2_users VALUES (1, 'ann', 'Ann Lee'), (2, 'ben', NULL)`,
      `INSERT INTO kimai2_customers VALUES (1, 'City')`,
      `INSERT INTO kimai2_projects VALUES (1, 1, 'Bridge')`,
      `INSERT INTO kimai2_activities VALUES (1, NULL, 'Design'), (2, 1, 'Meeting')`,
      `INSERT INTO kimai2_timesheet (id, user, activity_id, project_id, start_time, end_time, duration, billable, date_tz, break) VALUES
         (1, 1, 1, 1, '2026-03-01 23:00:00', '2026-03-02 01:00:00', 6300, 1, '2026-03-02', 900),
         (2, 2, 2, 1, current_date, now(), 60, 0, current_date, NULL),
         (3, 1, 1, 1, now(), NULL, NULL, 1, current_date, NULL),
         (4, 1, 1, 1, '2026-03-01 23:00:00', '2026-03-09 01:00:00', 612000, 1, '2026-03-02', NULL)`,
    )
    const { service, ...all } = await pulled('kimai', url)
    expect(all).toMatchObject({
      report: { received: 4, inserted: 2, quarantined: 1, skipped: 1, warnings: [] },
      refused: ['4: DURATION_OUT_OF_RANGE duration'],
      projects: [{ name: 'Bridge', client: 'City' }],
    })
    expect(all.activities[0]).toBe('1 | 2026-03-02 | 6300 | VALUE_ADD | Ann Lee | Design | Bridge')
    expect(all.activities[1]).toMatch(/^2 \| .* \| 60 \| NON_VALUE_ADD \| ben \| Meeting \| Bridge$/)
    await inMariaDb(url, 'UPDATE kimai2_timesheet SET duration = 61, end_time = now()')
    const again = async (full: boolean) =>
      (
        await service.get(
          `mutation { syncSource(name: "kimai", full: ${full}) { received inserted updated skipped warnings { code } } }`,
        )
      ).syncSource
    expect(await again(false)).toEqual({ received: 2, inserted: 1, updated: 1, skipped: 0, warnings: [] })
    expect(await again(true)).toMatchObject({ received: 4, inserted: 1, updated: 1 })
  })
})

test('an adapter says so where the source is in a database that it isn’t for', async () => {
  const service = await pulling({ kimai: await postgres() }, { adapter: 'kimai' })
  const { errors = [] } = await service.ask('mutation { syncSource(name: "kimai") { id } }')
  expect(errors[0]?.message).toBe(
    'Source "kimai" is in postgres, and the adapter "kimai" reads mysql, and files. Nothing was pulled.',
  )
})
