import type { IngestCounts } from '../cache/ingest-batches.ts'
import { ask } from './ask.ts'
import { MisuseError, type OutputOptions, print, table, timeIn } from './output.ts'
import { countLines } from './reports.ts'
import { withService } from './with-service.ts'

interface Selecting extends OutputOptions {
  source: string
  code?: string
  field?: string
  batch?: string
  since?: string
}

interface Row {
  id: string
  source: string
  externalId: string | null
  lastSeenAt: string
  problems: { code: string; message: string }[]
}

const LIST = `query ($filter: QuarantineFilter!, $first: Int!) {
  quarantine(filter: $filter, first: $first) {
    totalCount
    nodes { id source batchId rowIndex externalId row status firstSeenAt lastSeenAt attempts problems { code field message } }
  }
}`

/** `quarantine list` */
export async function list({
  source,
  code,
  limit,
  ...output
}: { source?: string; code?: string; limit: string } & OutputOptions): Promise<void> {
  const first = /^\d+$/.test(limit) ? Number(limit) : 0
  if (first < 1 || first > 1000) throw new MisuseError(`--limit must be a whole number from 1 to 1000, not ${limit}`)
  const filter = { status: 'OPEN', source, code }
  const { quarantine } = await withService((service) =>
    ask<{ quarantine: { totalCount: number; nodes: Row[] } }>(service, LIST, { filter, first }),
  )
  const { totalCount, nodes } = quarantine
  print(output, quarantine, () => {
    if (totalCount === 0) return 'No row waits in quarantine.'
    const rows = nodes.map(({ id, source, externalId, lastSeenAt, problems }) => {
      const [first] = problems
      const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
      return [id, source, externalId, lastSeenAt.slice(0, 19), `${first?.code}: ${first?.message}${more}`]
    })
    const all =
      totalCount > nodes.length
        ? `\n${nodes.length} of ${totalCount.toLocaleString('en')} rows; --limit shows more.`
        : ''
    return `${table(['row', 'source', 'id', 'last seen', 'problem'], rows)}${all}`
  })
}

interface Group {
  source: string
  code: string
  field: string | null
  open: number
  released: number
  discarded: number
  lastSeenAt: string
  message: string
}

const SUMMARY = `query ($source: String) {
  quarantineSummary(source: $source) { source code field open released discarded firstSeenAt lastSeenAt message days { date count } }
}`

/** `quarantine summary` */
export async function summary({ source, ...output }: { source?: string } & OutputOptions): Promise<void> {
  const { quarantineSummary: groups } = await withService((service) =>
    ask<{ quarantineSummary: Group[] }>(service, SUMMARY, { source }),
  )
  print(output, groups, () => {
    if (groups.length === 0) return 'No row was ever refused.'
    const rows = groups.map((group) => [
      ...[group.source, group.code, group.field, group.open, group.released, group.discarded],
      group.message,
    ])
    return table(['source', 'code', 'column', 'open', 'released', 'discarded', 'the last'], rows)
  })
}

const COUNTS = 'received inserted updated unchanged quarantined superseded'

interface Preview extends IngestCounts {
  stay: { code: string; count: number }[]
  activities: number
  vaSeconds: number
  nvaSeconds: number
}

/** `quarantine replay` */
export async function replay({ dryRun = false, ...asked }: { dryRun?: boolean } & Selecting): Promise<void> {
  const filter = selectionOf(asked)
  if (!dryRun) {
    const { replayQuarantineWhere: report } = await withService((service) =>
      ask<{ replayQuarantineWhere: IngestCounts }>(
        service,
        `mutation ($filter: QuarantineSelectionInput!) { replayQuarantineWhere(filter: $filter) { id source ${COUNTS} } }`,
        { filter },
      ),
    )
    return print(asked, report, () => `Replayed.\n${countLines(report)}`)
  }
  const { previewReplay: preview } = await withService((service) =>
    ask<{ previewReplay: Preview }>(
      service,
      `mutation ($filter: QuarantineSelectionInput!) {
        previewReplay(filter: $filter) { ${COUNTS} stay { code count } activities vaSeconds nvaSeconds }
      }`,
      { filter },
    ),
  )
  print(asked, { dryRun, ...preview }, () => {
    const hours = (seconds: number) =>
      `${(seconds / 3600).toLocaleString('en', { maximumFractionDigits: 1, signDisplay: 'always' })} h`
    const stay = preview.stay
      .map(({ code, count }) => `\n${count.toLocaleString('en')} would stay for ${code}`)
      .join('')
    return `Would be replayed; nothing was changed.\n${countLines(preview)}\nValue added: ${hours(preview.vaSeconds)}, not: ${hours(preview.nvaSeconds)}${stay}`
  })
}

/** `quarantine discard` */
export async function discard({ reason, ...asked }: { reason: string } & Selecting): Promise<void> {
  const { discardQuarantineWhere: discarded } = await withService((service) =>
    ask<{ discardQuarantineWhere: number }>(
      service,
      `mutation ($filter: QuarantineSelectionInput!, $reason: String!) { discardQuarantineWhere(filter: $filter, reason: $reason) }`,
      { filter: selectionOf(asked), reason },
    ),
  )
  print(asked, { discarded }, () =>
    discarded === 1 ? 'One row was discarded.' : `${discarded.toLocaleString('en')} rows were discarded.`,
  )
}

function selectionOf({ source, code, field, batch, since }: Selecting) {
  return { source, code, field, batchId: batch, seenFrom: since && timeIn('--since', since).toISOString() }
}
