import pg from 'pg'
import { truthOf } from '../support/oracle.ts'
import { randomOf } from '../support/random.ts'
import type { Client } from '../support/random-writes.ts'
import { type TestService, testService } from '../support/service.ts'
import { type ServiceProcess, serviceProcess } from '../support/service-process.ts'
import { until } from '../support/until.ts'

/** What was seen while a fault was tried, for its line. */
export function seen(text: string): void {
  console.info(text)
}

/** Numbers of this run, by what they are for: the same for the same FAULTS_SEED. */
export function seeded(purpose: string): () => number {
  const seed = Number(process.env.FAULTS_SEED ?? 1)
  const random = randomOf([...purpose].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, seed + 1))
  // The first numbers of seeds that are near each other are, too.
  for (let i = 0; i < 8; i++) random()
  return random
}

const processes: ServiceProcess[] = []

/** A process of the service that ends with the test, if it hasn't by then. */
export async function started(...[url, options]: Parameters<typeof serviceProcess>): Promise<ServiceProcess> {
  const process = await serviceProcess(url, options)
  processes.push(process)
  return process
}

const services: TestService[] = []

/** A service in this process that ends with the test. */
export async function inProcess(...options: Parameters<typeof testService>): Promise<TestService> {
  const service = await testService(...options)
  services.push(service)
  return service
}

afterEach(async () => {
  for (const each of processes.splice(0)) await each.stop()
  for (const each of services.splice(0)) await each.stop()
})

const ALWAYS = 'from: "1900-01-01", to: "2200-12-31"'
const PAGES = [
  ...['timeSplits', 'nvaSummaries', 'wasteTrendsConnection', 'sprintSummaries', 'monthSummaries'],
  ...['projectSummaries', 'stereotypeSummaries'],
]

/** Reads everything that every stage says, so that all of it is stored. */
export async function readAll(api: Client): Promise<void> {
  for (const name of PAGES) {
    for (let after: string | null = null; ; ) {
      const query = `query ($after: String) { page: ${name}(${ALWAYS}, first: 1000, after: $after) { pageInfo { hasNextPage endCursor } } }`
      const { page } = await api.get(query, { after })
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
  }
}

/** What a cache holds, told by keys in place of ids: the same for two that came to it by different ways. */
export type Contents = Record<string, string[]>

const STAGE_TABLES = [
  ...['time_split', 'nva_summary', 'waste_trend', 'sprint_summary', 'month_summary', 'project_summary'],
  'stereotype_summary',
]

export async function contentsOf(client: pg.Client): Promise<Contents> {
  const contents: Contents = {}
  const keys = new Map<unknown, string>()
  for (const table of ['app_user', 'stereotype', 'project', 'activity', 'sprint']) {
    const { rows } = await client.query(`SELECT id, source || '/' || external_id AS key FROM ${table}`)
    for (const { id, key } of rows) keys.set(id, key)
  }
  const read = async (name: string, query: string) => {
    const { rows } = await client.query<{ row: object }>(query)
    contents[name] = rows.map(({ row }) => JSON.stringify(row, plain)).sort()
  }
  const plain = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(9)) : (keys.get(value) ?? value)
  for (const table of ['app_user', 'stereotype', 'project', 'sprint']) {
    await read(table, `SELECT to_jsonb(t) - '{id,since_revision}'::text[] AS row FROM ${table} t`)
  }
  await read(
    'activity',
    `SELECT to_jsonb(t) - '{id,batch_id,row_index,since_revision,changed_at}'::text[] AS row FROM activity t`,
  )
  await read(
    'quarantined_row',
    `SELECT jsonb_build_object('source', source, 'row', row, 'problems', problems, 'status', status) AS row FROM quarantined_row`,
  )
  for (const table of STAGE_TABLES) {
    await read(
      table,
      `SELECT to_jsonb(t) - 'logic' AS row FROM ${table} t WHERE logic IN (SELECT logic FROM logic WHERE state = 'ACTIVE')`,
    )
  }
  return contents
}

/** The oracle: what is stored is what the design's formulas say of the cache as it is. Returns how many rows were held against it. */
export async function expectTruth(client: pg.Client): Promise<number> {
  const truth = await truthOf(client)
  const table = async (text: string) => {
    const { rows } = await client.query<{ key: string; row: object }>(
      `SELECT key, row FROM (${text}) t WHERE logic IN (SELECT logic FROM logic WHERE state = 'ACTIVE')`,
    )
    return sorted(rows.map(({ key, row }) => [key, row]))
  }
  const found = {
    time_split: await table(
      `SELECT logic, concat_ws(' ', user_id, date, activity_id) AS key,
         jsonb_build_object('nvaSeconds', nva_seconds, 'vaSeconds', va_seconds, 'totalSeconds', total_seconds) AS row FROM time_split`,
    ),
    nva_summary: await table(
      `SELECT logic, concat_ws(' ', user_id, date) AS key,
         jsonb_build_object('nva', nva_seconds_sum, 'va', va_seconds_sum, 'total', total_sum) AS row FROM nva_summary`,
    ),
    waste_trend: await table(
      `SELECT logic, concat_ws(' ', user_id, week_start) AS key, jsonb_build_object('wasteRatio', waste_ratio,
         'baselineMean', baseline_mean, 'baselineStdDev', baseline_std_dev, 'zScore', z_score, 'flagged', flagged) AS row FROM waste_trend`,
    ),
    sprint_summary: await table(
      `SELECT logic, concat_ws(' ', user_id, start_date, end_date) AS key, jsonb_build_object('nvaSecondsSum', nva_seconds_sum,
         'vaSecondsSum', va_seconds_sum, 'totalSum', total_sum, 'wasteRatio', waste_ratio) AS row
       -- Those of sprints that were moved nobody is shown any more.
       FROM sprint_summary JOIN (SELECT DISTINCT start_date, end_date FROM sprint) s USING (start_date, end_date)`,
    ),
  }
  const { time_split, nva_summary, waste_trend, sprint_summary } = truth
  const expected = { time_split, nva_summary, waste_trend, sprint_summary }
  expect(found).toEqual(Object.fromEntries(Object.entries(expected).map(([name, rows]) => [name, sorted([...rows])])))
  return Object.values(found).reduce((sum, rows) => sum + rows.length, 0)
}

function sorted(rows: [string, object][]): [string, string][] {
  const plain = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(9)) + 0 : value)
  const text = (row: object) => JSON.stringify(Object.fromEntries(Object.entries(row).sort()), plain)
  return rows.map(([key, row]): [string, string] => [key, text(row)]).sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * Reads everything, and holds what is stored against the oracle and against a cache to which nothing happened. Returns how many rows of
 * annotations were compared.
 */
export async function expectCleanRun(url: string, api: Client, clean?: { url: string; api: Client }): Promise<number> {
  const contents = async (of: { url: string; api: Client }) => {
    await readAll(of.api)
    const client = new pg.Client({ connectionString: of.url })
    await client.connect()
    try {
      return { rows: await expectTruth(client), contents: await contentsOf(client) }
    } finally {
      await client.end()
    }
  }
  const found = await contents({ url, api })
  if (clean) expect(found.contents).toEqual((await contents(clean)).contents)
  return found.rows
}

/** Variables of a process that `memoryOf` can ask. */
export const MEASURED = {
  NODE_OPTIONS: `--expose-gc --import ${new URL('memory-probe.mjs', import.meta.url).href}`,
}

/** What a process holds once it was rid of what nobody needs, in MB, and the time it had of processors before that and after, in milliseconds. */
export async function memoryOf({
  pid,
  said,
}: ServiceProcess): Promise<{ heap: number; rss: number; cpu: number; cpuThen: number }> {
  const told = () => said.filter((line) => line.startsWith('{"msg":"memory"')).at(-1)
  const before = told()
  process.kill(pid, 'SIGUSR2')
  // No two are alike: the time only grows.
  await until(() => told() !== before)
  const { heapUsed, rss, cpu, cpuThen } = JSON.parse(told() ?? '')
  return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20, cpu: cpu / 1_000, cpuThen: cpuThen / 1_000 }
}

/** The middle of so many measurements, in milliseconds. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
