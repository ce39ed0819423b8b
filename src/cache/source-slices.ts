import { SOURCE_LOGIC } from './entities/slice.ts'

/** SQL that adds 1 to the revision of each user-day of the relation `touched (user_id, date)`, each there once. */
export function raiseSourceSlices(touched: string): string {
  return `INSERT INTO slice (logic, user_id, start_date, end_date, revision)
  SELECT '${SOURCE_LOGIC}', user_id, date, date, 1 FROM ${touched} ORDER BY user_id, date
  ON CONFLICT (logic, user_id, start_date, end_date) DO UPDATE SET revision = slice.revision + 1`
}
