/** What two versions of a stage make of the same: compared row by row, by what both stored, in the snapshot in which both are fresh. */
import type { Sql } from '../../cache/database.ts'
import { windowColumns } from '../../model/window.ts'
import type { AnnotationPlace } from '../read/annotations-page.ts'
import { rowsIn, type WindowsOfStage } from '../read/rollups.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import { isNumber, type StageColumn, type StageTable } from '../slices/stage-table.ts'

/** Rows by what both versions have for them. */
export interface ComparedCounts {
  equal: number
  different: number
  onlyInBase: number
  onlyInCandidate: number
}

/** A column in all rows that are compared. */
export interface ComparedColumn {
  column: StageColumn
  /** In how many rows that both have it differs. */
  differing: number
  /** Of numbers; of conditions, in how many rows they hold. Null of all else. */
  baseSum: number | null
  candidateSum: number | null
}

/** A row that is not the same in both, and where it stands. */
export interface Difference {
  place: AnnotationPlace
  /** Names of columns; none where one version has no row. */
  columns: readonly string[]
  isInBase: boolean
  isInCandidate: boolean
}

/** The tables of two versions, in the same windows. */
export interface ComparedTables {
  base: WindowsOfStage
  candidate: WindowsOfStage
}

export async function compareCounts(
  sql: Sql,
  tables: ComparedTables,
): Promise<{ counts: ComparedCounts; columns: ComparedColumn[] }> {
  const columns = comparedColumns(tables)
  const sums = columns.flatMap((column, i) => [
    `count(*) FILTER (WHERE in_base AND in_candidate AND ${differs(i)}) AS differing_${i}`,
    `${sumSql(column, `base_${i}`)} AS base_sum_${i}`,
    `${sumSql(column, `candidate_${i}`)} AS candidate_sum_${i}`,
  ])
  const [row] = await sql<ComparedCounts & Record<string, number | null>>(
    `WITH ${windowsAt('windows')}, joined AS (${joinedSql(tables, columns)})
     SELECT ${[
       `count(*) FILTER (WHERE in_base AND in_candidate AND NOT ${isDifferent(columns)}) AS equal`,
       `count(*) FILTER (WHERE in_base AND in_candidate AND ${isDifferent(columns)}) AS different`,
       'count(*) FILTER (WHERE NOT in_candidate) AS "onlyInBase"',
       'count(*) FILTER (WHERE NOT in_base) AS "onlyInCandidate"',
       ...sums,
     ].join(', ')}
     FROM joined`,
    windowColumns(tables.base.windows),
  )
  if (!row) throw new Error('Broken invariant: counts are one row.')
  const { equal, different, onlyInBase, onlyInCandidate } = row
  return {
    counts: { equal, different, onlyInBase, onlyInCandidate },
    columns: columns.map((column, i) => ({
      column,
      differing: row[`differing_${i}`] ?? 0,
      baseSum: row[`base_sum_${i}`] ?? null,
      candidateSum: row[`candidate_sum_${i}`] ?? null,
    })),
  }
}

/** So many of the rows that are not the same, in the order of their keys, after a place or backward from it. */
export function differences(
  sql: Sql,
  tables: ComparedTables,
  { after, limit, backward }: { after: AnnotationPlace | null; limit: number; backward: boolean },
): Promise<Difference[]> {
  return differing(sql, tables, {
    where: after ? `AND (${keysOf(tables)}) ${backward ? '<' : '>'} (${placeSql(tables.base.table)})` : '',
    order: keyNames(tables.base.table)
      .map((key) => (backward ? `${key} DESC` : key))
      .join(', '),
    limit,
    values: after ?? [],
  })
}

/** The rows in which a column differs most, the most first; of what is no number the first. */
export function largestDifferences(
  sql: Sql,
  tables: ComparedTables,
  column: StageColumn,
  limit: number,
): Promise<Difference[]> {
  const i = comparedColumns(tables).findIndex(({ name }) => name === column.name)
  const most = isNumber(column.type) ? [`abs(candidate_${i} - base_${i}) DESC NULLS LAST`] : []
  return differing(sql, tables, {
    where: `AND in_base AND in_candidate AND ${differs(i)}`,
    order: [...most, ...keyNames(tables.base.table)].join(', '),
    limit,
    values: [],
  })
}

function differing(
  sql: Sql,
  tables: ComparedTables,
  { where, order, limit, values }: { where: string; order: string; limit: number; values: readonly unknown[] },
): Promise<Difference[]> {
  const columns = comparedColumns(tables)
  const keys = keyNames(tables.base.table)
  const names = columns.map(({ name }, i) => `CASE WHEN ${differs(i)} THEN '${name}' END`)
  return sql<Difference>(
    `WITH ${windowsAt('windows')}, joined AS (${joinedSql(tables, columns)})
     SELECT json_build_array(${keys.join(', ')}) AS place, in_base AS "isInBase", in_candidate AS "isInCandidate",
       CASE WHEN in_base AND in_candidate THEN array_remove(ARRAY[${[...names, 'NULL'].join(', ')}]::text[], NULL) ELSE '{}' END AS columns
     FROM joined
     WHERE (NOT in_base OR NOT in_candidate OR ${isDifferent(columns)}) ${where}
     ORDER BY ${order} LIMIT $4`,
    [...windowColumns(tables.base.windows), limit, ...values],
  )
}

/** SQL that counts annotations of slices that both have computed: all, and those that differ or are there by one alone. */
export function comparedRowsSql(tables: ComparedTables): string {
  const columns = comparedColumns(tables)
  const { table, stage } = tables.base
  const { period } = stage
  const keyOf = (name: string) => `key_${table.keys.indexOf(name)}`
  const [start = '', end] = table.period.map(keyOf)
  const last = period.kind === 'given' ? end : period.sql.endOf(start)
  const isComputed = ({ stage: { logic } }: WindowsOfStage) => `EXISTS (SELECT FROM slice WHERE logic = '${logic}'
      AND subject_id = ${keyOf(table.subject)} AND start_date = ${start} AND end_date = ${last} AND input_sum IS NOT NULL)`
  return `, joined AS (${joinedSql(tables, columns)})
     SELECT count(*) AS compared, count(*) FILTER (WHERE NOT in_base OR NOT in_candidate OR ${isDifferent(columns)}) AS different
     FROM joined WHERE (in_base OR ${isComputed(tables.base)}) AND (in_candidate OR ${isComputed(tables.candidate)})`
}

/** SQL for the rows of both in the windows: keys, who has it, and each column of both. */
function joinedSql({ base, candidate }: ComparedTables, columns: readonly StageColumn[]): string {
  const { keys } = base.table
  const side = (own: WindowsOfStage) => `(SELECT t.* FROM windows JOIN ${rowsIn('windows', own)})`
  const selected = [
    ...keys.map((key, i) => `coalesce(b.${key}, c.${key}) AS key_${i}`),
    'b.logic IS NOT NULL AS in_base',
    'c.logic IS NOT NULL AS in_candidate',
    ...columns.flatMap(({ name }, i) => [`b.${name} AS base_${i}`, `c.${name} AS candidate_${i}`]),
  ]
  return `SELECT ${selected.join(', ')} FROM ${side(base)} b
     FULL JOIN ${side(candidate)} c ON ${keys.map((key) => `b.${key} = c.${key}`).join(' AND ')}`
}

/** What either gives beside its keys. */
function comparedColumns({ base, candidate }: ComparedTables): StageColumn[] {
  const all = [...base.table.columns, ...candidate.table.columns]
  const byName = new Map(all.map((column) => [column.name, column]))
  return [...byName.values()].filter(({ name }) => !base.table.keys.includes(name))
}

function keyNames({ keys }: StageTable): string[] {
  return keys.map((_, i) => `key_${i}`)
}

function keysOf({ base }: ComparedTables): string {
  return keyNames(base.table).join(', ')
}

function placeSql({ keys, columns }: StageTable): string {
  return keys.map((key, i) => `$${i + 5}::${columns.find(({ name }) => name === key)?.type}`).join(', ')
}

function differs(i: number): string {
  return `base_${i} IS DISTINCT FROM candidate_${i}`
}

function isDifferent(columns: readonly StageColumn[]): string {
  return `(${['false', ...columns.map((_, i) => differs(i))].join(' OR ')})`
}

function sumSql({ type }: StageColumn, value: string): string {
  if (isNumber(type)) return `sum(${value})::double precision`
  return type === 'boolean' ? `count(*) FILTER (WHERE ${value})::double precision` : 'NULL::double precision'
}
