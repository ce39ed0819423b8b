import { fencedLookUp } from './database.ts'
import { SOURCE_LOGIC } from './entities/slice.ts'

/**
 * CTEs that add 1 to the revision of each user-day of the relation `touched (user_id, date)`, each there once. The
 * caller holds the lock of the users' source: no one else makes slices of theirs, so what isn't there is made without
 * a second look for a conflict.
 */
export function raiseSourceSlices(touched: string): string {
  const there = `SELECT true AS there FROM slice
    WHERE user_id = touched.user_id AND start_date = touched.date AND end_date = touched.date AND logic = '${SOURCE_LOGIC}'`
  const insert = (condition: string) => `INSERT INTO slice (logic, user_id, start_date, end_date, revision)
  SELECT '${SOURCE_LOGIC}', user_id, date, date, 1 FROM marked WHERE ${condition} ORDER BY user_id, date`
  return `marked AS MATERIALIZED (
  SELECT touched.user_id, touched.date, slice.there FROM ${touched} LEFT JOIN ${fencedLookUp(there)} slice ON true
), made AS (
  ${insert('there IS NULL')}
), raised AS (
  ${insert('there')}
  ON CONFLICT (logic, user_id, start_date, end_date) DO UPDATE SET revision = slice.revision + 1
)`
}
