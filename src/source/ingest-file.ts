import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import type { Acl } from './acl.ts'
import { openSnapshot } from './drivers/index.ts'
import { ingestRows } from './ingest.ts'
import type { PullProgress } from './pull.ts'
import { pullReferences } from './pull-references.ts'
import { sourceNamed } from './sources.ts'

const BATCH_ROWS = 5_000

export interface IngestFileOptions {
  /** With the number of the batch it is the idempotency key of each, so that the same file again is taken once. */
  idempotencyKey?: string
  onProgress?: (progress: PullProgress) => void
}

/**
 * Sends in the rows of a file, in the shape of their source, with the users, kinds and projects that they mention, batch by batch. A batch
 * that was taken stays where a later one is refused. Returns a report for each.
 * @throws SourcePullError for a file that can't be read, or has other columns; whatever `ingestRows` throws.
 */
export async function ingestFile(
  acl: Acl,
  name: string,
  path: string,
  { idempotencyKey, onProgress }: IngestFileOptions = {},
): Promise<IngestBatch[]> {
  const source = sourceNamed(acl.sources, name, 'source')
  const snapshot = await openSnapshot({ ...source, url: pathToFileURL(resolve(path)).href }, acl.stopping)
  const reports: IngestBatch[] = []
  try {
    await snapshot.checkColumns()
    const total = await snapshot.count(null)
    let rows = 0
    onProgress?.({ rows, total })
    await pullReferences(acl, source, snapshot)
    for await (const page of snapshot.pages(null, BATCH_ROWS)) {
      if (page.rows.length === 0) continue
      const key = idempotencyKey === undefined ? null : `${idempotencyKey} ${reports.length + 1}`
      reports.push(await ingestRows(acl, { source: name, rows: page.rows.map(({ row }) => row), idempotencyKey: key }))
      rows += page.rows.length
      onProgress?.({ rows, total })
    }
    return reports
  } finally {
    await snapshot.close()
  }
}
