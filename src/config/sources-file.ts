/** Sources in a file: what doesn't fit into variables, such as which activities add value. */
import { parse } from 'yaml'
import { z } from 'zod'
import { ActivityType } from '../model/activity.ts'
import { DURATION_UNITS } from '../model/table-shape.ts'
import { secondsOf, sourceTimes, type TimeName } from './times.ts'
import { isSourceUrl, SOURCE_URL_ADVICE } from './urls.ts'

const time = (name: TimeName) => {
  const { least, most, off } = sourceTimes[name]
  return z
    .string()
    .refine((text) => text === off || (secondsOf(text) >= secondsOf(least) && secondsOf(text) <= secondsOf(most)), {
      error: `must be a time such as 90s, 10m, 2h or 1d, from ${least} to ${most}${off ? `, or ${off}` : ''}`,
    })
    .optional()
}

const names = z.array(z.string().min(1)).min(1).optional()

const rule = z
  .strictObject({
    type: z.enum(ActivityType).describe('What such activities are.'),
    billable: z.boolean().optional().describe('Whether somebody is billed for them.'),
    kinds: names.describe('Codes of stereotypes, whatever their case.'),
    projects: names.describe('Names of projects, whatever their case.'),
  })
  .refine((rule) => rule.billable !== undefined || rule.kinds || rule.projects, {
    error: 'must name billable, kinds or projects; what is left is `otherwise`',
  })

const column = z.string().min(1)
const statement = z.string().min(1).optional()

const table = z
  .strictObject({
    name: statement.describe('The table or view; the source’s own name unless told.'),
    query: statement.describe('Or a SELECT that gives the rows.'),
    changed: column.optional().describe('When a row was last changed: a timestamp or a date.'),
    rescanDays: z
      .int()
      .min(1)
      .max(3_660)
      .optional()
      .describe('Without that: how many days back, by the date, each pull reads; 60 unless told.'),
    utc: z.boolean().optional().describe('Whether times without a zone are in UTC.'),
    id: column.describe('A row’s own key.'),
    user: column.describe('Whose time it is.'),
    kind: column.describe('What kind of activity it is.'),
    project: column.optional(),
    date: z
      .union([column, z.strictObject({ moment: column, zone: column.optional() })])
      .describe('The day; or the day of a moment, in the time zone that another column names.'),
    duration: z.union([
      z.strictObject({ column, unit: z.enum(DURATION_UNITS) }),
      z.strictObject({ from: column, to: column }),
    ]),
    ended: column.optional().describe('Empty while the activity goes on: such a row is skipped.'),
    billable: column.optional().describe('Whether somebody is billed: true or false, 1 or 0, yes or no.'),
    value: z
      .strictObject({ column, codes: z.record(z.string(), z.enum(ActivityType)) })
      .optional()
      .describe('What the codes in a column say of value.'),
    users: statement.describe('SELECT external_id, name: what people are called; by their keys unless told.'),
    kinds: statement.describe('SELECT external_id, code, name, likewise.'),
    projects: statement.describe('SELECT external_id, name, client, likewise.'),
    sprints: statement.describe('SELECT name, start_date, end_date.'),
  })
  .refine((table) => !(table.name && table.query), { error: 'must have a name or a query, not both' })

const source = z.strictObject({
  adapter: z.string().optional().describe('The adapter that reads it; the one of its own name unless told.'),
  url: z
    .string()
    .optional()
    .describe('A database or a file to pull; a variable’s name in braces after a dollar sign stands for its value.'),
  every: time('EVERY').describe('How long after a pull began the next one does: 90s, 10m, 2h, 1d, or off.'),
  overlap: time('OVERLAP').describe('How long before the last row seen a pull begins.'),
  sweep: time('SWEEP').describe(
    'How often it is looked for what the source no longer has; only by full pulls unless told.',
  ),
  timeout: time('TIMEOUT').describe('How long one answer is waited for.'),
  table: table.optional().describe('The columns of a home-made table or file, in place of an adapter.'),
  value: z.array(rule).optional().describe('Which activities add value: the first rule that fits counts.'),
  otherwise: z
    .enum(ActivityType)
    .optional()
    .describe('What activities are that no rule fits; NON_VALUE_ADD unless told.'),
})

const VARIABLE = /\$\{(\w+)\}/g

/** The file's shape, as JSON schema says it, too. */
export const sourcesFile = z
  .strictObject({ sources: z.record(z.string().regex(/^[a-z0-9_]+$/, 'must be of a-z, 0-9 and _'), source) })
  .describe('The sources that Steelthread pulls.')

/** A source as the file has it. */
export type FileSource = z.infer<typeof source>

/**
 * What a file says of sources, by name. What is wrong is added to the problems, each with its place.
 * @param name The file's, for who reads the problems.
 */
export function sourcesIn(
  { name, text }: { name: string; text: string },
  env: Readonly<Record<string, string>>,
  problems: string[],
): ReadonlyMap<string, FileSource> {
  const value = valueOf(name, text, problems)
  const parsed = sourcesFile.safeParse(value)
  if (!parsed.success) {
    if (problems.length === 0) {
      problems.push(
        ...parsed.error.issues.map(({ path, message }) => `${name}: ${placeOf(path)}${uncapitalised(message)}`),
      )
    }
    return new Map()
  }
  const sources = new Map(Object.entries(parsed.data.sources))
  for (const key of Object.keys((value as z.infer<typeof sourcesFile>).sources)) {
    // What JavaScript has for itself is left out.
    if (!sources.has(key)) problems.push(`${name}: sources.${key} can't be called so`)
  }
  for (const [key, { url, ...source }] of sources) {
    if (url === undefined) continue
    const unset = [...url.matchAll(VARIABLE)].flatMap(([, variable = '']) => (env[variable] ? [] : [variable]))
    for (const variable of unset) problems.push(`${name}: sources.${key}.url names \${${variable}}, which is not set`)
    const isWhole = url.replace(VARIABLE, '') === ''
    const filled = url.replace(VARIABLE, (_, variable: string) => {
      const value = env[variable] ?? ''
      return isWhole ? value : encodeURIComponent(value)
    })
    if (unset.length === 0 && !isSourceUrl(filled)) problems.push(`${name}: sources.${key}.url ${SOURCE_URL_ADVICE}`)
    sources.set(key, { ...source, url: filled })
  }
  return sources
}

function valueOf(name: string, text: string, problems: string[]): unknown {
  try {
    return parse(text)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    problems.push(`${name}: ${said.split('\n')[0]?.replace(/:$/, '')}`)
    return undefined
  }
}

/** Where in the file, with a blank; nothing for the whole of it. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
  return path.length > 0 ? `${place.join('')} ` : ''
}

function uncapitalised(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
