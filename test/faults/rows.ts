import { addDays } from '../../src/model/calendar.ts'
import { int, pick } from '../support/random.ts'
import { DAYS, FIRST_DAY } from '../support/random-writes.ts'
import { ANN, BEN, CODING, MEETING, PTO, row, type TimesheetRow } from '../support/timesheet-rows.ts'

/** Rows at random: new ones, edits of such that came before, some that are refused, some that come twice. */
export function randomRows(
  random: () => number,
  count: number,
  ids: number,
): (TimesheetRow & Record<string, unknown>)[] {
  return Array.from({ length: count }, () =>
    row(String(int(random, ids)), {
      activity_date: random() < 0.05 ? '2026-02-31' : addDays(FIRST_DAY, int(random, DAYS)),
      duration_seconds: int(random, 16) * 900,
      value_type: pick(random, ['VA', 'NVA']),
      stereotype_id: pick(random, [CODING, MEETING, PTO]),
      user_id: random() < 0.03 ? 'u-nobody' : pick(random, [ANN, BEN]),
    }),
  )
}
