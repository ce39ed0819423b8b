/** How up to date numbers are, and why not: slices are looked at as they stand, beside the numbers, and nothing is refreshed. */
import type { Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import { firstDayOf } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { liesBetween } from '../slices/lies-between.ts'
import { isSliceOf, windowsAt } from '../slices/slice-sql.ts'
import { windowsFor } from '../slices/stage-windows.ts'
import { standingIn } from '../slices/standing.ts'

/** Why slices aren't up to date: activities changed since, they were computed by another logic, or they have no values. */
export type StaleKind = 'DATA' | 'LOGIC' | 'MISSING'

/** Slices of a stage that aren't up to date for one reason. */
export interface StaleCause {
  kind: StaleKind
  stage: string
  /** For people. */
  detail: string
  /** How many days with activities lie in them. */
  userDays: number
}

/** How up to date some numbers are. */
export interface Standing {
  isFresh: boolean
  /** When all of it was last known to be up to date; null where a part never was. */
  verifiedAt: Date | null
  causes: StaleCause[]
}

/** How a group stands, and the values of its keys. */
export type GroupStanding = Standing & { keys: Readonly<Record<string, unknown>> }

/** How slices are put into groups: SQL for columns, and for what they need joined, of SQL for a slice. */
export interface GroupSql {
  keys: readonly string[]
  columns(subject: string, start: string, end: string): string
  joins(subject: string, start: string, end: string): string
  /** Parameters of the joins, from $4 on. */
  values?: readonly unknown[]
}

interface Counted {
  kind: StaleKind | null
  slices: number
  userDays: number
  /** Of all versions by which LOGIC slices were computed. */
  versions: number[]
  verifiedAt: Date | null
}

/**
 * How groups of slices of a stage stand, by their keys, joined by blanks.
 * @param groupOf How slices of a stage that it reads are grouped, and its own.
 * @param now When they are looked at: what is fresh is verified by that.
 */
export async function standingOfGroups(
  sql: Sql,
  stage: Stage,
  windows: readonly Window[],
  groupOf: (member: Stage) => GroupSql,
  now: Date,
): Promise<Map<string, GroupStanding>> {
  const standings = new Map<string, GroupStanding>()
  const reached = windows.map((window) => ({ ...window, from: firstDayOf(stage.period, window.from, stage.reach) }))
  for (const member of chainOf(stage)) {
    const group = groupOf(member)
    const own = member === stage ? windows : windowsFor(member.period, reached)
    for (const row of await count(sql, member, own, group)) {
      const key = keyOf(group, row)
      const keys = Object.fromEntries(group.keys.map((key) => [key, row[key]]))
      const standing = standings.get(key) ?? { isFresh: true, verifiedAt: now, causes: [], keys }
      standings.set(key, standing)
      if (row.kind === null) continue
      standing.causes.push(causeOf(member, row, row.kind))
      if (member !== stage) continue
      standing.isFresh = false
      standing.verifiedAt = earlier(standing.verifiedAt, row.kind === 'DATA' ? row.verifiedAt : null)
    }
    // What is read is only looked at where it says why.
    if (member === stage && [...standings.values()].every(({ isFresh }) => isFresh)) break
  }
  return standings
}

/** How slices of a stage stand, by their `windowKey`. */
export function standingOfSlices(
  sql: Sql,
  stage: Stage,
  slices: readonly Window[],
  now: Date,
): Promise<Map<string, Standing>> {
  const own: GroupSql = {
    keys: ['subjectId', 'from', 'to'],
    columns: (subject, start, end) => `${subject} AS "subjectId", ${start} AS "from", ${end} AS "to"`,
    joins: () => '',
  }
  const reached = slices.map(({ from }) => firstDayOf(stage.period, from, stage.reach))
  const read: GroupSql = {
    keys: own.keys,
    columns: () => 'reader.subject_id AS "subjectId", reader.start_date AS "from", reader.end_date AS "to"',
    joins: (subject, start, end) =>
      `JOIN unnest($4::uuid[], $5::date[], $6::date[], $7::date[]) AS reader (subject_id, start_date, end_date, first_date)
       ON reader.subject_id = ${subject} AND ${start} >= reader.first_date AND ${end} <= reader.end_date`,
    values: [...windowColumns(slices), reached],
  }
  return standingOfGroups(sql, stage, slices, (member) => (member === stage ? own : read), now)
}

/** What tells a group from others: the values of its keys. */
export function keyOf({ keys }: Pick<GroupSql, 'keys'>, row: object): string {
  return keys.map((key) => row[key as keyof typeof row]).join(' ')
}

/** The least fresh of two of the same group. */
export function least(one: GroupStanding | undefined, other: GroupStanding): GroupStanding {
  if (!one) return other
  return {
    keys: one.keys,
    isFresh: one.isFresh && other.isFresh,
    verifiedAt: earlier(one.verifiedAt, other.verifiedAt),
    causes: [...one.causes, ...other.causes],
  }
}

function earlier(one: Date | null, other: Date | null): Date | null {
  return one && other ? (one < other ? one : other) : null
}

/** The stage, then what it reads, and what that reads; each once. */
function chainOf(stage: Stage): Stage[] {
  return [...new Set([stage, ...stage.stages, ...stage.stages.flatMap(chainOf)])]
}

async function count(
  sql: Sql,
  stage: Stage,
  windows: readonly Window[],
  group: GroupSql,
): Promise<(Counted & Record<string, unknown>)[]> {
  const slice = ['standing.subject_id', 'standing.start_date', 'standing.end_date'] as const
  const { name } = stage.definition
  // Another logic of the stage, whose values are still there.
  const others = `SELECT logic.version FROM slice JOIN logic ON logic.logic = slice.logic
      WHERE logic.stage = '${name}' AND slice.logic <> '${stage.logic}' AND slice.input_sum IS NOT NULL AND ${isSliceOf('standing')}
      ORDER BY logic.first_used_at DESC LIMIT 1`
  const days = `SELECT count(*) FROM slice day WHERE day.logic = '${stage.subject.sourceLogic}'
      AND day.subject_id = standing.subject_id AND ${liesBetween('day', 'standing.start_date', 'standing.end_date')}`
  const columns = ['source_sum', 'input_sum', 'computed_at', 'verified_at']
  const keys = group.keys.map((key) => `"${key}"`)
  return sql(
    `WITH ${windowsAt('windows')}, behind AS MATERIALIZED (
       SELECT standing.*, other.version,
         CASE WHEN source_sum = needed THEN NULL
           WHEN source_sum IS NOT NULL OR input_sum IS NOT NULL THEN 'DATA'
           WHEN other.version IS NOT NULL THEN 'LOGIC' ELSE 'MISSING' END AS kind
       FROM (${standingIn('windows', stage, columns)}) standing
       LEFT JOIN LATERAL (${others}) other ON standing.computed_at IS NULL
     )
     SELECT ${[...keys, 'kind'].join(', ')}, count(*) AS slices,
       coalesce(sum(CASE WHEN kind IS NULL THEN 0 ELSE (${days}) END), 0)::bigint AS "userDays",
       coalesce(array_agg(DISTINCT version) FILTER (WHERE kind = 'LOGIC'), '{}') AS versions,
       CASE WHEN count(*) = count(computed_at) THEN min(greatest(computed_at, verified_at)) END AS "verifiedAt"
     FROM (SELECT DISTINCT ${group.columns(...slice)}, standing.* FROM behind standing ${group.joins(...slice)}) standing
     GROUP BY ${[...keys, 'kind'].join(', ')}`,
    [...windowColumns(windows), ...(group.values ?? [])],
  )
}

function causeOf({ definition, period }: Stage, { slices, userDays, versions }: Counted, kind: StaleKind): StaleCause {
  const { name, version } = definition
  const what = `${slices} ${period.name}${slices === 1 ? '' : 's'} of ${name}`
  const verb = slices === 1 ? 'was' : 'were'
  const texts = {
    DATA: `${what}: what it is made of changed after it was computed.`,
    LOGIC: `${what} ${verb} computed by version ${versions.join(', ')}, and not yet by the logic of version ${version} as it is now.`,
    MISSING: `${what} ${verb} never computed, or discarded.`,
  }
  return { kind, stage: name, detail: texts[kind], userDays }
}
