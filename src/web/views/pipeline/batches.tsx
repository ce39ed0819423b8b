/** What came in, whichever way: pulls, batches that were sent, replays. */
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { momentName } from '../../model/calendar.ts'
import { count, many, shortened } from '../../model/figures.ts'
import { tookText } from '../../model/versions.ts'
import { useAddress } from '../../parts/link.tsx'
import { Section } from '../../parts/section.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { type BatchCountsFragment, BatchesDocument, type BatchesQuery } from '../../queries.ts'
import { CursorPages, LostPage, useCursor } from './cursor-pages.tsx'
import { calm } from './pipeline.tsx'

const SIZE = 15

type Batch = BatchesQuery['ingestBatches']['nodes'][number]

export function Batches({ isPulling }: { isPulling: boolean }) {
  const asked = useAnswer(BatchesDocument, useCursor('batches', SIZE), { every: () => (isPulling ? 3_000 : false) })
  return (
    <>
      <Section title="What came in" asked={isPulling ? calm(asked) : asked} height={20}>
        {({ ingestBatches: { nodes, totalCount, pageInfo } }) => (
          <>
            <BatchTable batches={nodes} />
            <CursorPages
              name="batches"
              page={pageInfo}
              shown={nodes.length}
              total={totalCount}
              what="batches"
              titles={['Newer', 'Older']}
            />
          </>
        )}
      </Section>
      <LostPage name="batches" asked={asked} />
    </>
  )
}

function BatchTable({ batches }: { batches: readonly Batch[] }) {
  const { here, to } = useAddress()
  const columns: Column<Batch>[] = [
    {
      title: 'Began',
      value: ({ startedAt }) => startedAt,
      show: ({ id, startedAt }) => (
        <Link href={here({ batch: id })}>
          <time dateTime={startedAt}>{momentName(startedAt)}</time>
        </Link>
      ),
      isHead: true,
    },
    { title: 'Source', value: ({ source }) => source },
    {
      title: 'Took',
      value: (batch) => tookOf(batch) / 1_000,
      show: (batch) => <time>{tookText(tookOf(batch))}</time>,
    },
    {
      title: 'Rows',
      value: ({ received }) => received,
      show: ({ received }) => count(received),
      isNumber: true,
    },
    ...COUNTS.map(({ key, title }) => ({
      title,
      value: (batch: Batch) => batch[key],
      show: (batch: Batch) =>
        key === 'quarantined' && batch.quarantined > 0 ? (
          <Link href={to('/quarantine', { batch: batch.id })}>{count(batch.quarantined)}</Link>
        ) : (
          <span class={batch[key] === 0 ? 'quiet' : undefined}>{count(batch[key])}</span>
        ),
      isNumber: true,
    })),
    {
      title: 'Notes',
      value: (batch) => notesOf(batch) || null,
      show: (batch) => (
        <span class={batch.error ? 'bad-note' : undefined}>
          {batch.error
            ? shortened(batch.error, LONGEST_NOTE)
            : batch.warnings.length > 0
              ? many(batch.warnings.length, 'warning')
              : ''}
        </span>
      ),
    },
  ]
  return (
    <Table
      caption="Batches and pulls, the newest first"
      isCaptionUnseen
      rows={batches}
      file="batches"
      empty="Nothing came in yet."
      columns={columns}
    />
  )
}

/** What became of rows, in the words of the page. */
export const COUNTS = [
  { key: 'inserted', title: 'New', what: 'became activities that were not there' },
  { key: 'updated', title: 'Changed', what: 'changed activities that were there' },
  { key: 'unchanged', title: 'Same', what: 'said what was stored already' },
  { key: 'quarantined', title: 'Refused', what: 'were refused, and wait in quarantine' },
  { key: 'superseded', title: 'Superseded', what: 'gave way to a newer version of the same activity' },
  { key: 'skipped', title: 'Skipped', what: 'are no activities, or none yet' },
  { key: 'removed', title: 'Removed', what: 'activities went, as the source no longer has them' },
] as const satisfies readonly { key: keyof BatchCountsFragment; title: string; what: string }[]

/** Milliseconds. */
export function tookOf({ startedAt, finishedAt }: Pick<BatchCountsFragment, 'startedAt' | 'finishedAt'>): number {
  return Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt))
}

function notesOf({ error, warnings }: Batch): string {
  return [error, ...warnings.map(({ message }) => message)].filter(Boolean).join(' ')
}

const LONGEST_NOTE = 100
