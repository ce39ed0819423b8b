import { onDatabase } from '../support/databases.ts'
import { type Operation, operationsOfEachArgument, type Text } from '../support/operations.ts'
import { addSprints } from '../support/random-writes.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { contentsOf, expectTruth, inProcess, readAll, seeded, seen } from './kit.ts'
import { randomRows } from './rows.ts'

const INJECTIONS = [
  `'; DROP TABLE activity; --`,
  `" OR "1"="1`,
  `' UNION SELECT * FROM app_user --`,
  `'||pg_sleep(30)||'`,
  `$1::text[]`,
  `{a,b}`,
  `") { __typename } }`,
  `{"$gt": ""}`,
  `../../../../etc/passwd`,
  `file:///etc/passwd`,
  `%s%n{{7*7}}\${7*7}`,
  `__proto__`,
  `\\u0000\\x00\\`,
  `a\u0000b`,
  `\ud800`,
  `<script>alert(1)</script>`,
  `1e999`,
  '\u202e\ufeff\u200b',
  'x'.repeat(100_000),
]

test('texts that mean something to SQL, GraphQL, JSON or a file system mean nothing, in whichever argument', async () => {
  const service = await inProcess({ sources: [{ name: 'timesheets', adapter: 'timesheets' }] })
  await addPeople(service)
  await addSprints(service)
  await ingest(service, randomRows(seeded('injection'), 100, 200))
  await readAll(service)
  const look = () =>
    onDatabase(service.url, async (client) => ({ rows: await expectTruth(client), contents: await contentsOf(client) }))
  const before = await look()
  const codes: Record<string, number> = {}
  const faults: string[] = []
  let requests = 0
  let slowest = 0
  const seenOnce = new Set<string>()
  for (const operation of operationsOfEachArgument()) {
    for (const text of operation.texts) {
      const key = `${operation.name} ${text.path.join('.')}`
      if (seenOnce.has(key)) continue
      seenOnce.add(key)
      for (const injection of INJECTIONS) {
        const variables = withText(operation, text, injection)
        const began = performance.now()
        const response = await service.server.inject({
          method: 'POST',
          url: '/graphql',
          payload: { query: operation.query, variables },
        })
        slowest = Math.max(slowest, performance.now() - began)
        requests++
        const { errors = [] } = response.json()
        const code = errors[0]?.extensions.code ?? 'OK'
        codes[code] = (codes[code] ?? 0) + 1
        const isLeak = /node_modules|syntax error|relation "|at .*\(.*:\d+:\d+\)|QueryFailed/.test(response.body)
        if (response.statusCode >= 500 || code === 'INTERNAL_SERVER_ERROR' || isLeak) {
          faults.push(
            `${key} ${JSON.stringify(injection).slice(0, 40)}: ${response.statusCode} ${response.body.slice(0, 200)}`,
          )
        }
      }
    }
  }
  expect(faults).toEqual([])
  expect(slowest).toBeLessThan(10_000)
  await readAll(service)
  const after = await look()
  // What such texts name may be made, a user for one; what is there is as it was.
  const { activity, time_split, nva_summary, waste_trend, month_summary } = before.contents
  expect(after.contents).toMatchObject({ activity, time_split, nva_summary, waste_trend, month_summary })
  for (const user of before.contents.app_user ?? []) expect(after.contents.app_user).toContain(user)
  seen(
    `${requests} requests, ${INJECTIONS.length} texts in each of ${seenOnce.size} places: ${JSON.stringify(codes)}, the slowest ${slowest.toFixed(0)} ms; ` +
      `${after.rows} annotations as before and as the oracle's`,
  )
})

function withText({ variables }: Operation, { path, type }: Text, injection: string): Record<string, unknown> {
  const value = type === 'JSONObject' ? { id: injection, [injection]: { [injection]: [injection] } } : injection
  const copy = structuredClone(variables)
  let inside: Record<string | number, unknown> = copy
  for (const step of path.slice(0, -1)) inside = inside[step] as Record<string | number, unknown>
  inside[path.at(-1) ?? ''] = value
  return copy
}
