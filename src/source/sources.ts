import { BadInputError, ConfigError } from '../model/errors.ts'
import { quoted } from '../model/excerpts.ts'
import type { TableShape } from '../model/table-shape.ts'
import { BILLED_ADDS_VALUE, type ValueRules } from '../model/value-rules.ts'
import { adapters } from './adapters/index.ts'
import { normalKey } from './normal-key.ts'
import type { SourceAdapter } from './source-adapter.ts'
import { tableAdapter } from './table-adapter.ts'

/** An external system, named. Without a URL its rows only come in through `ingestActivities`. */
export interface Source {
  name: string
  adapter: SourceAdapter
  url?: string
  /** How long before the last place a pull begins: for that long a transaction of the source may have been open. */
  overlapSeconds: number
  /** How long one answer of its database is waited for. */
  timeoutSeconds: number
  /** How long after the last pull began the next one does; 0: only at start and when it is asked for. */
  everySeconds: number
  /** How long after it was last looked for what the source no longer has that is done again; 0: only by full pulls. */
  sweepSeconds: number
  /** Which activities add value. */
  value: ValueRules
}

const DEFAULTS = {
  overlapSeconds: 600,
  timeoutSeconds: 60,
  everySeconds: 300,
  sweepSeconds: 0,
  value: BILLED_ADDS_VALUE,
}

export type Sources = ReadonlyMap<string, Source>

/** A source as the configuration has it. */
export interface SourceSetting {
  name: string
  adapter: string
  /** Not given: its rows are sent in. */
  url?: string
  /** 10 minutes unless told. */
  overlapSeconds?: number
  /** A minute unless told. */
  timeoutSeconds?: number
  /** 5 minutes unless told; 0: only at start and when it is asked for. */
  everySeconds?: number
  /** Only by full pulls unless told. */
  sweepSeconds?: number
  /** What is billed adds value, unless told. */
  value?: ValueRules
  /** A home-made table's columns, in place of an adapter. */
  table?: TableShape
}

/**
 * Every adapter is a source of its own name; the configured ones come on top.
 * @throws ConfigError for an adapter that there isn't, and for a table that is not told enough of.
 */
export function sourcesOf(settings: readonly SourceSetting[], known: readonly SourceAdapter[] = adapters): Sources {
  const sources = new Map<string, Source>(
    known.map((adapter) => [adapter.name, { ...DEFAULTS, name: adapter.name, adapter }]),
  )
  for (const { adapter: adapterName, table, ...setting } of settings) {
    const { name } = setting
    const adapter = table ? tableAdapter(name, table) : known.find((candidate) => candidate.name === adapterName)
    if (!adapter) {
      throw new ConfigError(
        `SOURCE_${name.toUpperCase()}_ADAPTER: there is no adapter "${adapterName}"; there is ${listed(known)}.`,
      )
    }
    sources.set(name, { ...DEFAULTS, ...setting, adapter })
  }
  return sources
}

/** Those that have a database to pull. */
export function sourcesToPull(sources: Sources): Source[] {
  return [...sources.values()].filter(({ url }) => url)
}

/** @throws BadInputError that names the unknown source and those that there are. */
export function sourceNamed(sources: Sources, name: string, argument: string): Source {
  const source = sources.get(name)
  if (!source) {
    throw new BadInputError(argument, `Unknown source ${quoted(name)}; there is ${listed([...sources.values()])}.`)
  }
  return source
}

/** A source that can be pulled. @throws BadInputError for one that isn't configured, or has nothing to pull. */
export function pullable(sources: Sources, name: string): Source & { url: string } {
  const source = sourceNamed(sources, name, 'name')
  const { url } = source
  if (url) return { ...source, url }
  throw new BadInputError(
    'name',
    `Source "${name}" has nothing to pull: set SOURCE_${name.toUpperCase()}_URL, or send its rows to ingestActivities.`,
  )
}

/** Keys as they are stored of the source, or of any source where none is named. */
export function storedKeys(sources: Sources, source: string | null | undefined, keys: readonly string[]): string[] {
  const adapters = [...sources.values()].filter(({ name }) => !source || name === source).map(({ adapter }) => adapter)
  return [...new Set(adapters.flatMap((adapter) => keys.map((key) => normalKey(key, adapter))))]
}

function listed(named: readonly { name: string }[]): string {
  return named.map(({ name }) => `"${name}"`).join(', ')
}
