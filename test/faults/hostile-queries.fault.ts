import { freshDatabase } from '../support/databases.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { expectCleanRun, MEASURED, median, memoryOf, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

/** Each is asked so often before it counts, and then so often again. */
const WARM = 10
const MEASUREMENTS = 21
/** By the clock, or where others have the machine by what the process itself had of it. */
const ALLOWED_MS = 50
const BODY = 5 * 1024 * 1024

/** Five levels of fields, after which it could begin anew. */
const RING = 'nvaSummary { provenance { activities(first: 1) { nodes { activity'
const nested = (depth: number, field: string, leaf: string) =>
  `${`${field} { `.repeat(depth)}${leaf}${' }'.repeat(depth * field.split('{').length)}`
const many = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join(' ')
const asked = (query: string, variables?: object) => JSON.stringify({ query, variables })

const HOSTILE: readonly [name: string, body: string][] = [
  ['depth 50 of fields that there are', asked(`{ activities(first: 1) { nodes { ${nested(10, RING, 'id')} } } }`)],
  [
    'the schema within the schema, 12 times',
    asked(`{ __schema { types { ${nested(12, 'fields { type', 'name')} } } }`),
  ],
  ['depth 50 of fields that there are not', asked(`{ ${nested(50, 'a', 'a')} }`)],
  ['1,000 aliases', asked(`{ ${many(1_000, (i) => `a${i}: users(first: 1) { totalCount }`)} }`)],
  ['10,000 tokens', asked(`{ users { ${many(10_000, () => 'totalCount')} } }`)],
  ['a fragment that is in itself', asked('{ users { ...A } } fragment A on UserConnection { totalCount ...A }')],
  [
    'fragments in a ring',
    asked(`{ users { ...F0 } } ${many(40, (i) => `fragment F${i} on UserConnection { ...F${(i + 1) % 40} }`)}`),
  ],
  [
    'fragments that double 30 times',
    asked(
      `{ users { ...F0 } } ${many(30, (i) => `fragment F${i} on UserConnection { ${i < 29 ? `...F${i + 1} ...F${i + 1}` : 'totalCount'} }`)}`,
    ),
  ],
  ['1,000 directives', asked(`{ users { totalCount ${'@include(if: true) '.repeat(1_000)} } }`)],
  [
    '100 operations in a batch',
    JSON.stringify(Array.from({ length: 100 }, () => ({ query: '{ users { totalCount } }' }))),
  ],
  ['100 operations in a document', asked(many(100, (i) => `query Q${i} { users { totalCount } }`))],
  ['a query of 5 MB', asked(`{ users { totalCount } } #${'x'.repeat(BODY)}`)],
  ['5 MB that are no JSON', 'x'.repeat(BODY)],
  [
    '5 MB of brackets',
    `{"query":"{ users { totalCount } }","variables":{"a":${'['.repeat(BODY / 2)}${']'.repeat(BODY / 2)}}}`,
  ],
  ['first: 1e9', asked('{ activities(first: 1000000000) { nodes { id } } }')],
  ['first: 1e9 as a variable', asked('query ($n: Int) { activities(first: $n) { nodes { id } } }', { n: 1e9 })],
  ['first: 1e10', asked('{ activities(first: 10000000000) { nodes { id } } }')],
  [
    'a thousand pages in pages',
    asked('{ users(first: 1000) { nodes { nvaSummaries(from: "1900-01-01", to: "2200-12-31") { totalSum } } } }'),
  ],
]

/** What looks dear and isn't is answered as quickly: a fragment counts once, and there are two people. */
const HARMLESS = ['fragments that double 30 times', 'a thousand pages in pages']

test('what is asked only to do harm is refused at once, and leaves nothing in memory', async () => {
  const url = await freshDatabase()
  const service = await started(url, { env: MEASURED })
  await addPeople(service)
  await ingest(service, randomRows(seeded('hostile-queries'), 200, 300))
  const outcomes = new Map<string, { status: number; code: string; ms: number[]; cpu: number }>()
  const round = async (times: number) => {
    for (const [name, body] of HOSTILE) {
      const outcome = { status: 0, code: '', ms: [] as number[], cpu: 0 }
      outcomes.set(name, outcome)
      const { cpuThen: cpu } = await memoryOf(service)
      for (let i = 0; i < times; i++) {
        const began = performance.now()
        const { status, code } = await post(service, body)
        outcome.ms.push(performance.now() - began)
        Object.assign(outcome, { status, code })
      }
      outcome.cpu = ((await memoryOf(service)).cpu - cpu) / times
    }
  }
  await round(WARM)
  const before = await memoryOf(service)
  outcomes.clear()
  await round(MEASUREMENTS)
  const after = await memoryOf(service)
  const shown = [...outcomes].map(
    ([name, { status, code, ms, cpu }]) =>
      `${name}: ${status} ${code} ${median(ms).toFixed(0)} ms, ${cpu.toFixed(0)} of them work`,
  )
  expect({
    answered: [...outcomes].filter(([, { status }]) => status < 400 || status > 499).map(([name]) => name),
    slow: [...outcomes].filter(([, { cpu, ms }]) => Math.min(cpu, median(ms)) > ALLOWED_MS).map(([name]) => name),
    shown,
  }).toEqual({ answered: HARMLESS, slow: [], shown })
  const grown = after.heap - before.heap
  expect(grown).toBeLessThan(10)
  const rows = await expectCleanRun(url, service)
  seen(
    `${shown.join(', ')} (median of ${MEASUREMENTS} after ${WARM}, over HTTP, the body's way included; work is what the process had of processors); ` +
      `heap ${before.heap.toFixed(1)} to ${after.heap.toFixed(1)} MB, resident ${before.rss.toFixed(0)} to ${after.rss.toFixed(0)} MB; ${rows} annotations equal the oracle's`,
  )
})

async function post({ address }: ServiceProcess, body: string): Promise<{ status: number; code: string }> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] }
  return { status: response.status, code: errors[0]?.extensions.code ?? '' }
}
