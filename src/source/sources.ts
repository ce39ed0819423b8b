import { BadInputError, ConfigError } from '../model/errors.ts'
import { adapters } from './adapters/index.ts'
import type { SourceAdapter } from './source-adapter.ts'

/** An external system, named. Without a URL its rows only come in through `ingestActivities`. */
export interface Source {
  name: string
  adapter: SourceAdapter
  url?: string
}

export type Sources = ReadonlyMap<string, Source>

/** A source as the configuration has it. */
export interface SourceSetting {
  name: string
  adapter: string
  url: string
}

/**
 * Every adapter is a source of its own name; the configured ones come on top.
 * @throws ConfigError for an adapter that there isn't.
 */
export function sourcesOf(settings: readonly SourceSetting[], known: readonly SourceAdapter[] = adapters): Sources {
  const sources = new Map<string, Source>(known.map((adapter) => [adapter.name, { name: adapter.name, adapter }]))
  for (const { name, adapter: adapterName, url } of settings) {
    const adapter = known.find((candidate) => candidate.name === adapterName)
    if (!adapter) {
      throw new ConfigError(
        `SOURCE_${name.toUpperCase()}_ADAPTER: there is no adapter "${adapterName}"; there is ${listed(known)}.`,
      )
    }
    sources.set(name, { name, adapter, url })
  }
  return sources
}

/** @throws BadInputError that names the unknown source and those that there are. */
export function sourceNamed(sources: Sources, name: string, argument: string): Source {
  const source = sources.get(name)
  if (!source) throw new BadInputError(argument, `Unknown source "${name}"; there is ${listed([...sources.values()])}.`)
  return source
}

function listed(named: readonly { name: string }[]): string {
  return named.map(({ name }) => `"${name}"`).join(', ')
}
