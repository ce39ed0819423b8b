import { fileURLToPath } from 'node:url'
import type { PullState } from '../cache/pulls.ts'
import { jsonText } from '../model/exact-json.ts'
import { printable } from '../model/excerpts.ts'
import type { SourceRemovalCounts } from '../model/messages.ts'
import { type CheckedRow, checkSource } from '../source/check-source.ts'
import { pullable, sourcesToPull } from '../source/sources.ts'
import { ask } from './ask.ts'
import { MisuseError, type OutputOptions, print, table } from './output.ts'
import { withService } from './with-service.ts'

type Listed = Omit<PullState, 'lastPull' | 'lastSuccess'> & {
  adapter: string
  lastPull: string | null
  lastSuccess: string | null
}

/** `sources list` */
export async function list(output: OutputOptions): Promise<void> {
  const sources = await withService(async (service) => {
    const { sources } = await ask<{ sources: Listed[] }>(
      service,
      '{ sources { name adapter lastPull lastSuccess error cursor pulling } }',
    )
    const urls = new Map(sourcesToPull(service.acl.sources).map(({ name, url = '' }) => [name, placeOf(url)]))
    return sources.map((source) => ({ ...source, place: urls.get(source.name) ?? '' }))
  })
  print(output, sources, () => {
    if (sources.length === 0)
      return 'No source has a database or a file to pull: SOURCE_<NAME>_URL or sources.yaml names one.'
    const rows = sources.map(({ name, adapter, place, lastPull, lastSuccess, pulling, error }) => {
      const state = pulling ? 'is under way' : (error ?? (lastPull ? 'went well' : 'never pulled'))
      return [name, adapter, place, lastSuccess?.slice(0, 19), state]
    })
    return table(['source', 'adapter', 'place', 'pulled well', 'the last pull'], rows)
  })
}

/** Where a source is, without who may go there. */
function placeOf(url: string): string {
  if (url.startsWith('file:')) return fileURLToPath(url)
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

const SHOWN_ROWS = 3

/** `sources check <source>` */
export async function check(name: string, output: OutputOptions): Promise<void> {
  const rows = await withService(({ acl }) => checkSource(pullable(acl.sources, name), SHOWN_ROWS, acl.stopping))
  print(output, { source: name, columns: 'as needed', rows: rows.map(asJson) }, () => {
    const shown = rows.map((row) => `\n\n  ${printable(jsonText(row.row))}\n  → ${printable(meaningOf(row))}`)
    const none = rows.length === 0 ? '\nIt has no rows.' : ''
    return `Source "${name}" can be reached, and has the columns that are needed.${none}${shown.join('')}`
  })
}

function asJson({ row, translated: { record, problems, isSkipped } }: CheckedRow) {
  return { row, record, problems, skipped: isSkipped }
}

function meaningOf({ translated: { record, problems, isSkipped } }: CheckedRow): string {
  if (isSkipped) return 'skipped: it is no activity, or none yet'
  if (record) return jsonText(record)
  return `refused: ${problems.map(({ code, message }) => `${code}: ${message}`).join('; ')}`
}

/** `sources remove <source>` */
export async function remove(
  name: string,
  { yes = false, ...output }: { yes?: boolean } & OutputOptions,
): Promise<void> {
  if (!yes) throw new MisuseError(`everything that came from source "${name}" would be removed: --yes does it`)
  const removed = await withService(async (service) => {
    const { removeSource } = await ask<{ removeSource: SourceRemovalCounts }>(
      service,
      `mutation ($name: String!) { removeSource(name: $name) {
        activities users stereotypes projects sprints quarantinedRows batches
      } }`,
      { name },
    )
    return removeSource
  })
  print(output, { source: name, removed }, () => {
    const counts = Object.entries(removed).map(([what, count]) => `${count.toLocaleString('en').padStart(12)} ${what}`)
    return `Source "${name}" was removed.\n${counts.join('\n')}`
  })
}
