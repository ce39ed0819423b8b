import type { TimeEntry, Timesheets } from '../../src/demo-source/rows.ts'

/** The code of the first problem that a row has, or none; said again here, apart from the ACL's own rules. */
export function problemOf(entry: TimeEntry, { employees, activityKinds, projects }: Timesheets): string | undefined {
  const { id, activity_date, duration_seconds, value_type, stereotype_id, user_id, project_id } = entry
  if (id === null || activity_date === null || duration_seconds === null || value_type === null) return 'MISSING_FIELD'
  if (stereotype_id === null || user_id === null) return 'MISSING_FIELD'
  if (!/^TE-\d{6}$/.test(id)) return 'INVALID_TEXT'
  if (!isRealDate(activity_date)) return 'INVALID_DATE'
  if (!Number.isInteger(duration_seconds)) return 'INVALID_TYPE'
  if (duration_seconds < 0 || duration_seconds > 86_400) return 'DURATION_OUT_OF_RANGE'
  if (value_type !== 'VA' && value_type !== 'NVA') return 'UNKNOWN_VALUE_TYPE'
  if (!activityKinds.some((kind) => kind.id === stereotype_id)) return 'UNKNOWN_STEREOTYPE'
  if (!employees.some((employee) => employee.id === user_id)) return 'UNKNOWN_USER'
  if (project_id !== null && !projects.some((project) => project.id === project_id)) return 'UNKNOWN_PROJECT'
  return undefined
}

/** How many rows have each problem; a second row with the same id and time is a duplicate. */
export function countProblems(timesheets: Timesheets): Record<string, number> {
  const seen = new Set<string>()
  const counts: Record<string, number> = {}
  for (const entry of timesheets.timeEntries) {
    const key = `${entry.id} ${entry.updated_at}`
    const problem = problemOf(entry, timesheets) ?? (seen.has(key) ? 'DUPLICATE_IN_BATCH' : undefined)
    if (problem) counts[problem] = (counts[problem] ?? 0) + 1
    seen.add(key)
  }
  return counts
}

/** The rows without a problem, of duplicates the first. */
export function cleanEntries(timesheets: Timesheets): TimeEntry[] {
  const clean = timesheets.timeEntries.filter((entry) => !problemOf(entry, timesheets))
  return [...new Map(clean.map((entry) => [entry.id, entry])).values()]
}

function isRealDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
