/** No change of an activity goes without raising the days that it touched, old place and new. */
import type { Subject } from '../model/subject.ts'
import { month } from '../periods/month.ts'
import { fencedLookUp } from './database.ts'

/**
 * CTEs that add 1 to the revision of each of the subjects' days in the relation `touched`, which has their column and
 * `date`, each there once; and to that of their months as many as days of it were touched. The caller holds the lock of
 * the subjects' source: no one else makes or raises slices of theirs. So a day that isn't there is made without a second
 * look for a conflict, and one that is there stays where it is found.
 */
export function raiseSourceSlices({ name, column, sourceLogic, monthLogic }: Subject, touched: string): string {
  const own = `SELECT ctid AS place FROM slice
    WHERE subject_id = ${touched}.${column} AND start_date = ${touched}.date AND end_date = ${touched}.date
      AND logic = '${sourceLogic}'`
  const { startOf, endOf } = month.sql
  return `marked_${name} AS MATERIALIZED (
  SELECT ${touched}.${column} AS subject_id, ${touched}.date, own.place
  FROM ${touched} LEFT JOIN ${fencedLookUp(own)} own ON true
), made_${name} AS (
  INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
  SELECT '${sourceLogic}', subject_id, date, date, 1 FROM marked_${name} WHERE place IS NULL ORDER BY subject_id, date
), raised_${name} AS (
  UPDATE slice SET revision = revision + 1
  WHERE ctid = ANY (ARRAY (SELECT place FROM marked_${name} WHERE place IS NOT NULL))
), months_${name} AS (
  INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
  SELECT '${monthLogic}', subject_id, start_date, ${endOf('start_date')}, count(*)
  FROM (SELECT subject_id, ${startOf('date')} AS start_date FROM marked_${name}) days
  GROUP BY subject_id, start_date ORDER BY subject_id, start_date
  ON CONFLICT (logic, subject_id, start_date, end_date) DO UPDATE SET revision = slice.revision + excluded.revision
)`
}
