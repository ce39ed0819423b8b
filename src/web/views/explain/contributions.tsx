/** The activities that a number is made of, each with what it adds, its batch and the row that it came as. */
import { useState } from 'preact/hooks'
import { useAnswer, usePages } from '../../data/use-answer.ts'
import { useMay } from '../../data/who.ts'
import { type Cell, filterOf } from '../../model/address.ts'
import { fullName, momentName } from '../../model/calendar.ts'
import { hours, many } from '../../model/figures.ts'
import { SubjectLink } from '../../parts/link.tsx'
import { MorePages } from '../../parts/pager.tsx'
import { Shown } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import {
  ContributionsDocument,
  type ContributionsQuery,
  type ContributionsQueryVariables,
  SeenContributionsDocument,
  type SeenContributionsQuery,
  SeenSourceRowDocument,
  SourceRowDocument,
  type SourceRowQuery,
} from '../../queries.ts'

type Pages = ContributionsQuery | SeenContributionsQuery
type Contribution = ContributionsQuery['waste']['nodes'][number]['provenance']['activities']['nodes'][number]

type AnyContribution = Pages['waste']['nodes'][number]['provenance']['activities']['nodes'][number]

function hasRow(contribution: AnyContribution): contribution is Contribution {
  return 'batch' in contribution
}

const PAGE = 100

export function Contributions({ cell }: { cell: Cell }) {
  const { from, to } = cell
  const { readAll } = useMay()
  const asked = usePages<Pages, ContributionsQueryVariables>(
    readAll ? ContributionsDocument : SeenContributionsDocument,
    { from, to, filter: filterOf(cell), first: PAGE },
    ({ waste }) => waste.nodes[0]?.provenance.activities.pageInfo,
  )
  return (
    <>
      <h3>Activities behind it</h3>
      <Shown asked={asked} height={16}>
        {(pages) => <Listed pages={pages} more={asked.more} />}
      </Shown>
    </>
  )
}

function Listed({ pages, more }: { pages: readonly Pages[]; more?: () => void }) {
  const [open, setOpen] = useState<string>()
  const groups = pages.flatMap(({ waste }) => waste.nodes.slice(0, 1))
  const [group] = groups
  if (!group) return <p class="quiet">No activity is behind it.</p>
  const nodes = groups.flatMap(({ provenance }) => provenance.activities.nodes)
  const shown = nodes.reduce((sum, { contribution }) => sum + Number(contribution.nvaSeconds), 0)
  const chosen = nodes.find(({ activity }) => activity.id === open)
  return (
    <>
      {!group.provenance.isExact && <p class="note">The number isn’t up to date: these are the activities of now.</p>}
      <Table
        caption="Activities behind the number"
        isCaptionUnseen
        rows={nodes}
        file="activities"
        empty="No activity is behind it."
        columns={[
          {
            title: 'Date',
            value: ({ activity }) => activity.date,
            show: ({ activity: { date } }) => <time dateTime={date}>{fullName(date)}</time>,
            isHead: true,
          },
          {
            title: 'Person',
            value: ({ activity }) => activity.user.name,
            show: ({ activity: { user } }) => (
              <SubjectLink of="person" id={user.id}>
                {user.name}
              </SubjectLink>
            ),
          },
          { title: 'Kind', value: ({ activity }) => activity.stereotype.name },
          { title: 'Project', value: ({ activity }) => activity.project?.name },
          {
            title: 'Hours lost',
            value: ({ contribution }) => contribution.nvaSeconds,
            show: ({ contribution }) => hours(contribution.nvaSeconds),
            isNumber: true,
          },
          {
            title: 'Booked',
            value: ({ contribution }) => contribution.totalSeconds,
            show: ({ contribution }) => hours(contribution.totalSeconds),
            isNumber: true,
          },
          {
            title: 'Source row',
            value: ({ activity }) => `${activity.source} ${activity.externalId}`,
            show: ({ activity: { id, source, externalId } }) => (
              <button
                type="button"
                class="small-button"
                aria-expanded={open === id}
                onClick={() => setOpen(open === id ? undefined : id)}
              >
                {source} {externalId}
              </button>
            ),
          },
        ]}
      />
      {chosen && (hasRow(chosen) ? <SourceRow key={open} of={chosen} /> : <History key={open} of={chosen} />)}
      <MorePages
        shown={nodes.length}
        total={group.provenance.activities.totalCount}
        what={`activities; those shown add up to ${hours(shown)} of ${hours(group.nvaSeconds)} hours lost`}
        more={more}
      />
    </>
  )
}

function SourceRow({ of: { activity, batch, rowIndex } }: { of: Contribution }) {
  const { source, externalId } = activity
  const asked = useAnswer(
    SourceRowDocument,
    batch && rowIndex !== null ? { batch: batch.id, index: rowIndex, source, externalId } : null,
  )
  if (!batch || rowIndex === null) return <p class="note">It was stored before batches were kept with activities.</p>
  return (
    <section class="source-row" aria-label={`Row ${externalId}`}>
      <p>
        Row {rowIndex} of a batch of <strong>{source}</strong>, {momentName(batch.finishedAt)}{' '}
        <span class="quiet">{batch.id}</span>
      </p>
      <Shown asked={asked} height={6}>
        {(data) => <AsItCame data={data} />}
      </Shown>
    </section>
  )
}

/** For who doesn't see rows as they came. */
function History({ of: { activity } }: { of: Pick<Contribution, 'activity'> }) {
  const { source, externalId } = activity
  const asked = useAnswer(SeenSourceRowDocument, { source, externalId })
  return (
    <section class="source-row" aria-label={`Row ${externalId}`}>
      <p>
        Row {externalId} of <strong>{source}</strong>. As it came it stands among rows of everybody, which are not yours
        to see.
      </p>
      <Shown asked={asked} height={3}>
        {({ activityHistory }) => <FormerStates history={activityHistory} isAlone />}
      </Shown>
    </section>
  )
}

function AsItCame({ data }: { data: SourceRowQuery }) {
  const row = data.ingestBatch?.row?.row
  return (
    <>
      {row ? <pre>{JSON.stringify(row, null, 2)}</pre> : <p class="quiet">The row itself is kept no longer.</p>}
      <FormerStates history={data.activityHistory} />
    </>
  )
}

interface FormerStatesProps {
  history: SourceRowQuery['activityHistory']
  /** Nothing else is said of the row. */
  isAlone?: boolean
}

function FormerStates({ history, isAlone }: FormerStatesProps) {
  const former = history.filter(({ until }) => until !== null)
  return (
    <>
      {isAlone && former.length === 0 && <p class="quiet">It has no former state that is known.</p>}
      {former.length > 0 && (
        <p class="quiet">
          {many(former.length, 'former state')}:{' '}
          {former
            .map(
              ({ until, date, durationSeconds, type, stereotypeCode }) =>
                `${fullName(date)}, ${hours(durationSeconds)} h, ${stereotypeCode}, ${type === 'VALUE_ADD' ? 'value' : 'no value'} until ${momentName(until ?? '')}`,
            )
            .join('; ')}
        </p>
      )}
    </>
  )
}
