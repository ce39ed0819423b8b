import type { PullOptions, PullProgress } from '../../src/source/pull.ts'
import type { SourceSetting } from '../../src/source/sources.ts'
import { syncSource } from '../../src/source/sync-source.ts'
import { type Answer, type TestService, testService } from '../support/service.ts'

export const SYNC = `mutation ($name: String!, $full: Boolean, $moved: Boolean) {
  syncSource(name: $name, full: $full, moved: $moved) {
    id source received inserted updated unchanged quarantined superseded warnings { code message }
  }
}`

const services: TestService[] = []

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

/** A service, on a cache of its own unless told, that pulls from these databases; it is stopped after the test. */
export async function pulling(
  urls: Record<string, string>,
  { cache, quarantineLimit, ...other }: { cache?: string; quarantineLimit?: number } & Partial<SourceSetting> = {},
): Promise<TestService> {
  const sources = Object.entries(urls).map(([name, url]) => ({ name, adapter: 'timesheets', url, ...other }))
  const service = await testService({ sources, url: cache, ...(quarantineLimit !== undefined && { quarantineLimit }) })
  services.push(service)
  return service
}

/** Pulls the source `timesheets` and returns the report. */
export async function sync(service: TestService, options: PullOptions = {}): Promise<Answer['data']> {
  return (await service.get(SYNC, { name: 'timesheets', ...options })).syncSource
}

/** What is told while the source `timesheets` is pulled. */
export async function progressOf({ acl }: TestService): Promise<PullProgress[]> {
  const told: PullProgress[] = []
  await syncSource(acl, 'timesheets', { onProgress: (progress) => told.push(progress) })
  return told
}

/** What the cache holds, as `id user date seconds`. */
export async function stored(service: TestService): Promise<string[]> {
  const rows = await service.database.sql<{ line: string }>(
    `SELECT concat_ws(' ', a.external_id, u.external_id, a.date, a.duration_seconds) AS line
     FROM activity a JOIN app_user u ON u.id = a.user_id ORDER BY a.external_id`,
  )
  return rows.map(({ line }) => line)
}
