/** A past is computed for the read that asks for it, by the same stages through the same tables, and nothing of it is stored. */
import type { Database, DerivingDatabase, Sql } from '../../cache/database.ts'
import { hideBehind, sourcesOf } from '../../cache/past.ts'
import { revisionsAt, type SourceMoment } from '../../cache/revisions.ts'
import { BadInputError } from '../../model/errors.ts'
import { Lanes } from '../../model/lanes.ts'
import { type Limits, tooMuch } from '../../model/limits.ts'
import type { Subject } from '../../model/subject.ts'
import { neverAborted } from '../../model/until-aborted.ts'
import { mergeWindows, type Window, windowColumns } from '../../model/window.ts'
import { month } from '../../periods/month.ts'
import { firstDayOf } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { windowsAt } from '../slices/slice-sql.ts'

/** How many person-days a request has looked at in pasts, and may. */
export interface PastBudget {
  used: number
  limits: Limits
}

/** What the cache was at a moment, for as long as a transaction lasts. */
export class Past {
  readonly at: Date
  readonly database: DerivingDatabase
  private readonly sql: Sql
  private readonly sources: readonly SourceMoment[]
  private readonly budget: PastBudget

  private constructor(
    at: Date,
    sql: Sql,
    database: DerivingDatabase,
    sources: readonly SourceMoment[],
    budget: PastBudget,
  ) {
    this.at = at
    this.sql = sql
    this.database = database
    this.sources = sources
    this.budget = budget
  }

  /** @param sql Of a transaction that is taken back in the end. */
  static async open(
    sql: Sql,
    { dataSource }: Pick<Database, 'dataSource'>,
    at: Date,
    stageTables: readonly string[],
    budget: PastBudget,
  ): Promise<Past> {
    const sources = await hideBehind(sql, at, stageTables)
    return new Past(at, sql, within(sql, dataSource), sources, budget)
  }

  /**
   * Makes it known on which days of the windows there were activities, for a stage and all that it reads: what is stale is
   * found by that.
   * @throws BadInputError where it isn't known, or not any more. @throws LimitError for more than a request may look at.
   */
  async fill({ period, reach, subject }: Stage, windows: readonly Window[]): Promise<void> {
    if (windows.length === 0) return
    await this.checkSubjects(
      subject,
      windows.map(({ subjectId }) => subjectId),
    )
    const days = mergeWindows(windows.map((window) => ({ ...window, from: firstDayOf(period, window.from, reach) })))
    const { MAX_QUERY_PAST_DAYS: most } = this.budget.limits
    const [made] = await this.sql<{ count: number }>(fillSql(subject), [
      ...windowColumns(days),
      Math.max(0, most - this.budget.used) + 1,
    ])
    this.budget.used += made?.count ?? 0
    if (this.budget.used > most) {
      const advice = 'Ask for less time, or for fewer people.'
      throw tooMuch('MAX_QUERY_PAST_DAYS', this.budget.limits, this.budget.used, [
        'The past that is asked for has',
        'person-days',
        advice,
      ])
    }
    await this.sql(monthsSql(subject), [[...new Set(days.map(({ subjectId }) => subjectId))]])
  }

  /** @throws BadInputError where something of these sources isn't known of the moment; of all, unless told. */
  checkSources(names: readonly string[] | null): void {
    const asked = this.sources.filter(({ source }) => !names || names.includes(source))
    checkKept(this.at, asked)
  }

  /** Whether all is there that was when it was opened. @throws BadInputError where it was forgotten meanwhile. */
  async checkAgain(): Promise<void> {
    const names = this.sources.map(({ source }) => source)
    const now = await revisionsAt(this.sql, this.at)
    const moved = now.filter(({ source, historyFrom }) => {
      const before = this.sources[names.indexOf(source)]?.historyFrom
      return before && historyFrom && before <= this.at && historyFrom > this.at
    })
    checkKept(this.at, moved)
  }

  private async checkSubjects({ table }: Subject, ids: readonly string[]): Promise<void> {
    this.checkSources(await sourcesOf(this.sql, table, [...new Set(ids)]))
  }
}

function checkKept(at: Date, sources: readonly SourceMoment[]): void {
  const [latest] = sources
    .flatMap(({ source, historyFrom }) => (historyFrom && historyFrom > at ? [{ source, historyFrom }] : []))
    .sort((one, other) => other.historyFrom.getTime() - one.historyFrom.getTime())
  if (!latest) return
  const oldest = latest.historyFrom.toISOString()
  throw new BadInputError(
    'asOf',
    `asOf (${at.toISOString()}) must not be before ${oldest}: of source "${latest.source}" nothing is known of the time before.`,
    { oldest, source: latest.source },
  )
}

/** A database of which all is a part of one transaction: what may fail and be done again goes back to a savepoint. */
function within(sql: Sql, dataSource: Database['dataSource']): DerivingDatabase {
  const lane = new Lanes(1)
  const derivation: Database['derivation'] = (work) =>
    lane.run(neverAborted(), async () => {
      await sql('SAVEPOINT derivation')
      try {
        const result = await work(sql)
        await sql('RELEASE SAVEPOINT derivation')
        return result
      } catch (error) {
        await sql('ROLLBACK TO SAVEPOINT derivation')
        throw error
      }
    })
  const database: DerivingDatabase = {
    dataSource,
    sql,
    derivation,
    transaction: derivation,
    snapshot: (work) => work(sql),
    openSnapshot: () => ({
      sql,
      snapshot: (work) => work(sql),
      isLost: false,
      idle: async () => {},
      close: async () => {},
    }),
    during: () => database,
  }
  return database
}

function fillSql({ column, sourceLogic }: Subject): string {
  return `WITH ${windowsAt('windows')}, made AS (
       INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
       SELECT DISTINCT '${sourceLogic}', windows.subject_id, a.date, a.date, 1
       FROM windows CROSS JOIN LATERAL (
         SELECT date FROM activity WHERE ${column} = windows.subject_id AND date BETWEEN first_date AND last_date
       ) a
       WHERE NOT EXISTS (
         SELECT FROM slice
         WHERE logic = '${sourceLogic}' AND subject_id = windows.subject_id AND start_date = a.date AND end_date = a.date
       )
       LIMIT $4
       ON CONFLICT DO NOTHING
       RETURNING 1
     )
     SELECT count(*) AS count FROM made`
}

/** A month's revision is the sum of those of its days. */
function monthsSql({ sourceLogic, monthLogic }: Subject): string {
  const { startOf, endOf } = month.sql
  return `INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
    SELECT '${monthLogic}', subject_id, month_start, ${endOf('month_start')}, count(*)
    FROM (SELECT subject_id, ${startOf('start_date')} AS month_start FROM slice
      WHERE logic = '${sourceLogic}' AND subject_id = ANY ($1::uuid[])) days
    GROUP BY subject_id, month_start
    ON CONFLICT (logic, subject_id, start_date, end_date) DO UPDATE SET revision = excluded.revision`
}
