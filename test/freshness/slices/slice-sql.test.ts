import { windowsAt } from '../../../src/freshness/slices/slice-sql.ts'
import { standingIn } from '../../../src/freshness/slices/standing.ts'
import { READING, sumsOf } from '../../../src/freshness/slices/sums.ts'
import { type TestService, testService } from '../../support/service.ts'

let service: TestService

beforeAll(async () => {
  service = await testService()
})

afterAll(() => service.stop())

test('slices are looked up by their key, however much was discarded: its index stays as large as it was', async () => {
  const { database, freshness } = service
  await database.sql(`INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
    SELECT logic, md5(subject::text)::uuid, date, date, 1
    FROM unnest(ARRAY['activities', 'a', 'b', 'c']) logic, generate_series(1, 100) subject,
      generate_series(date '2026-01-01', date '2026-05-10', '1 day') date
    ORDER BY logic <> 'activities'`)
  await database.sql(`DELETE FROM slice WHERE logic <> 'activities'`)
  await database.sql('VACUUM ANALYZE slice')
  const explain = async (text: string, count: number) => {
    const values = Array.from({ length: count }, () => [])
    const rows = await database.derivation((sql) => sql<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values))
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  const plans: string[] = []
  for (const stage of freshness.graph.values()) {
    plans.push(await explain(`WITH ${windowsAt('windows')} ${standingIn('windows', stage)}`, 3))
    plans.push(await explain(`${READING} ${sumsOf(stage, { slices: 'asked', days: 'days' })}`, 6))
  }
  expect(plans.filter((plan) => plan.includes('Seq Scan on slice'))).toEqual([])
})
