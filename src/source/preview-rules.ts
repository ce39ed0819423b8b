/** What rules would do is told before they are taken: the source is read, and nothing is written. */
import { type SideChange, sidesChanged } from '../cache/activities.ts'
import { resolveKeys } from '../cache/references.ts'
import { BadInputError } from '../model/errors.ts'
import { typeOf, type ValueRules } from '../model/value-rules.ts'
import type { Acl } from './acl.ts'
import { openSnapshot } from './drivers/index.ts'
import type { SourceAt } from './drivers/source-snapshot.ts'
import { rowTranslator, type TranslatedRow } from './row-translator.ts'
import { sourceNamed } from './sources.ts'

const PAGE_ROWS = 5_000

/** What would become of the activities of one kind. */
export interface KindPreview {
  kind: string
  toValueAdd: SideChange
  toNonValueAdd: SideChange
}

/**
 * Reads a source whole, and says which stored activities would change sides by these rules, by kind.
 * @throws BadInputError for a source that isn't configured, or has nothing to pull; SourcePullError as a pull would.
 */
export async function previewRules(
  acl: Acl,
  name: string,
  rules: ValueRules | null,
  signal: AbortSignal,
): Promise<KindPreview[]> {
  const source = sourceNamed(acl.sources, name, 'source')
  const { url, adapter } = source
  if (!url) throw new BadInputError('source', `Source "${name}" has nothing to pull, so there is nothing to look at.`)
  const at: SourceAt = { ...source, url, value: rules ?? source.value }
  const snapshot = await openSnapshot(at, signal)
  const kinds = new Map<string, KindPreview>()
  try {
    await snapshot.checkColumns()
    const translate = rowTranslator(adapter)
    for await (const { rows } of snapshot.pages(null, PAGE_ROWS)) {
      signal.throwIfAborted()
      for (const { kind, ...change } of await changesOf(
        acl,
        at,
        rows.map(({ row }) => translate(row)),
      )) {
        const known = kinds.get(kind) ?? { kind, toValueAdd: NONE, toNonValueAdd: NONE }
        kinds.set(kind, {
          kind,
          toValueAdd: added(known.toValueAdd, change.toValueAdd),
          toNonValueAdd: added(known.toNonValueAdd, change.toNonValueAdd),
        })
      }
    }
  } finally {
    await snapshot.close()
  }
  const moved = ({ toValueAdd, toNonValueAdd }: KindPreview) => toValueAdd.seconds + toNonValueAdd.seconds
  return [...kinds.values()].sort((a, b) => moved(b) - moved(a) || (a.kind < b.kind ? -1 : 1))
}

const NONE: SideChange = { activities: 0, seconds: 0 }

function added(a: SideChange, b: SideChange): SideChange {
  return { activities: a.activities + b.activities, seconds: a.seconds + b.seconds }
}

async function changesOf(
  { database: { sql } }: Acl,
  { name, value }: SourceAt,
  rows: readonly TranslatedRow[],
): Promise<KindPreview[]> {
  const keys = (kind: 'stereotype' | 'project') => new Set(rows.flatMap((row) => row.keys[kind] ?? []))
  const stereotypes = await resolveKeys(sql, 'stereotype', name, keys('stereotype'))
  const projects = await resolveKeys(sql, 'project', name, keys('project'))
  const typed = rows.flatMap(({ record, externalId, keys }) => {
    const kind = stereotypes.get(keys.stereotype ?? '')?.name
    if (!record || externalId === null || kind === undefined) return []
    const project = projects.get(keys.project ?? '')?.name ?? null
    const { type: own, billable } = record
    return [{ externalId, type: typeOf(value, { type: own, billable, kind, project }) }]
  })
  return sidesChanged(sql, name, typed)
}
