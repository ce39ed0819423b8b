import { upsertSprints, upsertStereotypes, upsertUsers } from '../cache/references.ts'
import { lockSources } from '../cache/source-lock.ts'
import { isIsoDate } from '../model/calendar.ts'
import type { SourceRow } from '../model/source-row.ts'
import type { Acl } from './acl.ts'
import type { ExternalDatabase } from './external-database.ts'
import { sprintFault, textFault } from './field-checks.ts'
import type { PullPlan } from './source-adapter.ts'
import type { Source } from './sources.ts'

/**
 * Pulls users, stereotypes and sprints, whole. One that can't be used is left out and named in the log; activities
 * that refer to it are quarantined.
 */
export async function pullReferences(
  acl: Acl,
  { name: source }: Source,
  plan: PullPlan,
  external: ExternalDatabase,
): Promise<void> {
  const users = usable(acl, source, 'user', await external.all(plan.users), ['external_id'], [])
  const stereotypes = usable(
    acl,
    source,
    'stereotype',
    await external.all(plan.stereotypes),
    ['external_id', 'code'],
    [],
  )
  const sprintRows = plan.sprints ? await external.all(plan.sprints) : []
  const sprints = usable(acl, source, 'sprint', sprintRows, ['name'], ['start_date', 'end_date'])

  await acl.database.transaction(async (sql) => {
    await lockSources(sql, [source])
    await upsertUsers(
      sql,
      users.map(({ external_id: externalId = '', name }) => ({ source, externalId, name: name || externalId })),
    )
    await upsertStereotypes(
      sql,
      stereotypes.map(({ external_id: externalId = '', code = '', name }) => ({
        source,
        externalId,
        code,
        name: name || code,
      })),
    )
    await upsertSprints(
      sql,
      sprints.map(({ name = '', start_date: startDate = '', end_date: endDate = '' }) => ({
        name,
        startDate,
        endDate,
      })),
    )
  })
}

/** The rows as trimmed text, those with a key each, sound texts and dates in order. */
function usable(
  { warn }: Acl,
  source: string,
  kind: string,
  rows: readonly SourceRow[],
  texts: readonly string[],
  dates: readonly string[],
): Record<string, string>[] {
  const byKey = new Map<string, Record<string, string>>()
  for (const row of rows) {
    const clean = Object.fromEntries(Object.entries(row).map(([field, value]) => [field, String(value ?? '').trim()]))
    const key = clean[texts[0] ?? ''] ?? ''
    const fault = faultOf(clean, texts, dates) ?? (byKey.has(key) ? `there are two of "${key}"` : undefined)
    if (fault) warn({ source, kind, row }, `left out a ${kind} of source "${source}": ${fault}`)
    else byKey.set(key, clean)
  }
  return [...byKey.values()]
}

function faultOf(row: Record<string, string>, texts: readonly string[], dates: readonly string[]): string | undefined {
  for (const field of texts) {
    const fault = textFault(row[field] ?? '')
    if (fault) return `${field} ${fault}`
  }
  for (const field of dates) {
    if (!isIsoDate(row[field] ?? '')) return `${field} must be a date`
  }
  const [first, last] = dates.map((field) => row[field] ?? '')
  const fault = first && last ? sprintFault(first, last) : undefined
  return fault && `it ${fault}`
}
