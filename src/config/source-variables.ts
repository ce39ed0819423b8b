/** Sources out of variables, and out of the sources' file. */
import type { TableShape } from '../model/table-shape.ts'
import { BILLED_ADDS_VALUE, type ValueRules } from '../model/value-rules.ts'
import type { FileSource } from './sources-file.ts'
import { type SourceTimes, secondsOf, sourceTimes, type TimeName } from './times.ts'
import { isSourceUrl, SOURCE_URL_ADVICE } from './urls.ts'

type Env = Readonly<Record<string, string>>

const SOURCE_SETTINGS = ['URL', 'ADAPTER', ...Object.keys(sourceTimes)]
const SOURCE_VARIABLE = new RegExp(`^SOURCE_([A-Z0-9_]+)_(${SOURCE_SETTINGS.join('|')})$`)

/** A source; what is not given is as usual. */
export interface SourceConfig extends SourceTimes {
  name: string
  adapter: string
  /** Not given: its rows are sent in. */
  url?: string
  value?: ValueRules
  table?: TableShape
}

/** @param problems Gets what is wrong. */
export function sourceSettings(env: Env, file: ReadonlyMap<string, FileSource>, problems: string[]): SourceConfig[] {
  const inEnv = Object.keys(env).flatMap((variable) => SOURCE_VARIABLE.exec(variable)?.[1]?.toLowerCase() ?? [])
  return [...new Set([...file.keys(), ...inEnv])].map((name) => {
    const upper = name.toUpperCase()
    const { adapter = name, url: fileUrl, value, otherwise, table, ...times } = file.get(name) ?? {}
    const url = env[`SOURCE_${upper}_URL`]
    if (name === 'api')
      problems.push(`SOURCE_${upper}_URL can't be: "api" is the source of what is made through the API`)
    if (url === undefined && !file.has(name)) {
      const other = Object.keys(env).find((variable) => SOURCE_VARIABLE.exec(variable)?.[1] === upper)
      problems.push(`SOURCE_${upper}_URL is missing, though ${other} is set`)
    } else if (url !== undefined && !isSourceUrl(url)) {
      problems.push(`SOURCE_${upper}_URL ${SOURCE_URL_ADVICE}`)
    }
    const place = url ?? fileUrl ?? (file.has(name) ? undefined : '')
    return {
      name,
      adapter: env[`SOURCE_${upper}_ADAPTER`] ?? adapter,
      ...(place !== undefined && { url: place }),
      ...(value || otherwise ? { value: rulesOf(value, otherwise) } : {}),
      ...(table && { table }),
      ...timesOf(times),
      ...timesInEnv(env, upper, problems),
    }
  })
}

function rulesOf(
  rules: ValueRules['rules'] = BILLED_ADDS_VALUE.rules,
  otherwise = BILLED_ADDS_VALUE.otherwise,
): ValueRules {
  return { rules, otherwise }
}

/** Times out of the file, where they were checked. */
function timesOf(times: { every?: string; overlap?: string; timeout?: string; sweep?: string }): SourceTimes {
  const given = Object.entries(times).flatMap(([name, text]) => {
    const { setting, off } = sourceTimes[name.toUpperCase() as TimeName]
    return text === undefined ? [] : [[setting, text === off ? 0 : secondsOf(text)]]
  })
  return Object.fromEntries(given)
}

/** Variables of a source that is there which would do nothing. */
export function misspeltOfSources(env: Env, sources: readonly SourceConfig[]): string[] {
  const prefixes = sources.map(({ name }) => `SOURCE_${name.toUpperCase()}_`)
  return Object.keys(env).flatMap((variable) => {
    const prefix = prefixes.find((prefix) => variable.startsWith(prefix))
    if (!prefix || SOURCE_VARIABLE.test(variable)) return []
    return [
      `${variable} is nothing that a source has; it has ${SOURCE_SETTINGS.map((setting) => prefix + setting).join(', ')}`,
    ]
  })
}

function timesInEnv(env: Env, upper: string, problems: string[]): SourceTimes {
  const times: SourceTimes = {}
  for (const [time, { setting, least, most, off }] of Object.entries(sourceTimes)) {
    const variable = `SOURCE_${upper}_${time}`
    const text = env[variable]
    if (text === undefined) continue
    const seconds = text === off ? 0 : secondsOf(text)
    if (text !== off && !(seconds >= secondsOf(least) && seconds <= secondsOf(most))) {
      problems.push(
        `${variable} must be a time such as 90s, 10m, 2h or 1d, from ${least} to ${most}${off ? `, or ${off}` : ''}`,
      )
    }
    times[setting] = seconds
  }
  return times
}
