import { v7 as uuidv7 } from 'uuid'
import type { Sql } from '../cache/database.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { openBatch } from '../cache/ingest-batches.ts'
import { releaseSuperseded } from '../cache/quarantine.ts'
import { lockSources } from '../cache/source-lock.ts'
import { BadInputError } from '../model/errors.ts'
import { type Acl, announce } from './acl.ts'
import { type Admission, admit } from './admit.ts'
import { ExternalDatabase, type SourcePage, type SourcePlace } from './external-database.ts'
import { batchOf } from './ingest.ts'
import { pullReferences } from './pull-references.ts'
import type { PullPlan } from './source-adapter.ts'
import { type Source, sourceNamed } from './sources.ts'

const PAGE_ROWS = 5_000

/**
 * Pulls what is new or changed since the last pull, page by page, through the ACL; everything when `full`. Each page
 * is a transaction together with its place in the source: a pull that is cut off goes on where it stopped.
 * @throws BadInputError for a source that isn't configured.
 * @throws SourcePullError for a database that can't be reached or isn't of the adapter's shape.
 */
export async function syncSource(acl: Acl, name: string, full: boolean): Promise<IngestBatch> {
  const source = sourceNamed(acl.sources, name, 'name')
  const plan = source.adapter.pull
  if (!source.url || !plan) {
    throw new BadInputError(
      'name',
      `Source "${name}" has no database to pull: set SOURCE_${name.toUpperCase()}_URL, or send its rows to ingestActivities.`,
    )
  }
  const external = await ExternalDatabase.open(source)
  try {
    await external.checkColumns(plan, source.adapter.columns)
    const id = uuidv7()
    await acl.database.transaction(async (sql) => {
      await openBatch(sql, { id, source: name, idempotencyKey: null })
      await lockSources(sql, [name])
      if (full) await saveCursor(sql, name, null)
    })
    await pullReferences(acl, source, plan, external)
    await pullPages(acl, source, plan, external, id)
    return batchOf(acl.database.sql, { id })
  } finally {
    await external.close()
  }
}

async function pullPages(
  acl: Acl,
  source: Source,
  plan: PullPlan,
  external: ExternalDatabase,
  batchId: string,
): Promise<void> {
  const total = emptyAdmission()
  const pages = external.pages(plan, await savedCursor(acl.database.sql, source.name), PAGE_ROWS)
  let coming = pages.next()
  try {
    for (let page = await coming; !page.done; page = await coming) {
      // The next page is read while this one is stored.
      coming = pages.next()
      coming.catch(() => undefined)
      addAdmission(total, await storePage(acl, source, batchId, page.value, total.counts.received))
    }
  } finally {
    await coming.catch(() => undefined)
    await announce(acl, source.name, batchId, total)
  }
}

async function storePage(
  { database }: Acl,
  source: Source,
  batchId: string,
  { rows, cursor }: SourcePage,
  firstIndex: number,
): Promise<Admission> {
  return database.transaction(async (sql) => {
    await lockSources(sql, [source.name])
    const incoming = rows.map((row, i) => ({ row, rowIndex: firstIndex + i }))
    const admission = await admit(sql, source, batchId, incoming)
    await releaseSuperseded(sql, source.name, admission.acceptedIds, admission.refusedFingerprints)
    if (cursor) await saveCursor(sql, source.name, cursor)
    return admission
  })
}

async function savedCursor(sql: Sql, source: string): Promise<SourcePlace | null> {
  const [row] = await sql<{ cursor: SourcePlace | null }>('SELECT cursor FROM source_cursor WHERE source = $1', [
    source,
  ])
  return row?.cursor ?? null
}

async function saveCursor(sql: Sql, source: string, cursor: SourcePlace | null): Promise<void> {
  await sql('UPDATE source_cursor SET cursor = $2 WHERE source = $1', [source, cursor && JSON.stringify(cursor)])
}

function emptyAdmission(): Admission {
  return {
    counts: { received: 0, inserted: 0, updated: 0, unchanged: 0, quarantined: 0 },
    countsByCode: {},
    acceptedIds: [],
    refusedFingerprints: [],
  }
}

/** Sums the counts; the keys of single pages are of no further use. */
function addAdmission(total: Admission, { counts, countsByCode }: Admission): void {
  for (const key of Object.keys(counts) as (keyof Admission['counts'])[]) total.counts[key] += counts[key]
  for (const [code, count] of Object.entries(countsByCode)) {
    total.countsByCode[code] = (total.countsByCode[code] ?? 0) + count
  }
}
