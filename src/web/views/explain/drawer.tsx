/** Where a number comes from: over what is shown, whatever it is, down to rows of sources. */
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { type Cell, cellIn, cellText, filterOf } from '../../model/address.ts'
import { spanName } from '../../model/calendar.ts'
import { hours, many, percent } from '../../model/figures.ts'
import { useAddress } from '../../parts/link.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Failure, Shown } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import { Trust } from '../../parts/trust.tsx'
import { ExplainDocument, type ExplainQuery, NamesDocument } from '../../queries.ts'
import { kindName } from '../overview/moves.ts'
import { Contributions } from './contributions.tsx'
import { Edits } from './edits.tsx'
import { Lineage } from './lineage.tsx'
import { OwnPast } from './own-past.tsx'

export function Drawer() {
  const { params, change } = useAddress()
  const text = params.get('explain')
  if (text === null) return null
  const cell = cellIn(text)
  return (
    <Panel
      key={text}
      title={cell ? <CellName cell={cell} /> : 'Where this number comes from'}
      close={() => change({ explain: null })}
    >
      {cell ? (
        <Explanation cell={cell} />
      ) : (
        <Failure error={new Error('The link doesn’t say which number: it may have been cut off.')} />
      )}
    </Panel>
  )
}

function CellName({ cell }: { cell: Cell }) {
  const name = useCellName(cell)
  return (
    <>
      {name}, {spanName(cell)}
    </>
  )
}

function Explanation({ cell }: { cell: Cell }) {
  const asked = useAnswer(ExplainDocument, { from: cell.from, to: cell.to, filter: filterOf(cell) })
  return (
    <Shown asked={asked} height={24}>
      {(data) => (
        <>
          <Sums data={data} now={asked.now} />
          {cell.since && <Edits cell={cell} since={cell.since} />}
          <OwnPast cell={cell} />
          <ByKind data={data} cell={cell} />
          <Contributions cell={cell} />
          <Lineage data={data} />
        </>
      )}
    </Shown>
  )
}

const NOBODY = '00000000-0000-7000-8000-000000000000'

/** Whose time it is, in words. */
function useCellName({ person, team, project, kind, source }: Cell): string {
  const isAsked = person || team || project
  const variables = { person: person ?? NOBODY, team: team ?? NOBODY, project: project ?? NOBODY }
  const { data } = useAnswer(NamesDocument, isAsked ? variables : null)
  const nameOf = (node: object | null | undefined) => (node && 'name' in node ? String(node.name) : undefined)
  const names = [nameOf(data?.person), nameOf(data?.team), nameOf(data?.project), kind, source].filter(Boolean)
  if (names.length > 0) return names.join(' · ')
  return isAsked ? '…' : 'Everybody'
}

function Sums({ data, now }: { data: ExplainQuery; now: number }) {
  const [sums] = data.waste.nodes
  if (!sums) return <p>No time is booked there.</p>
  return (
    <>
      <p class="lead">
        <strong>{hours(sums.nvaSeconds)}</strong> of {hours(sums.totalSeconds)} hours added no value,{' '}
        {percent(sums.wasteRatio, 1)}; {hours(sums.vaSeconds)} did.
      </p>
      <Trust of={sums} now={now} />
    </>
  )
}

/** The sum once more, by kind: the lines come to the number. */
function ByKind({ data, cell }: { data: ExplainQuery; cell: Cell }) {
  const { here } = useAddress()
  const kinds = data.kinds.nodes
  if (cell.kind || kinds.length === 0) return null
  const sum = (key: 'nvaSeconds' | 'totalSeconds') => kinds.reduce((all, kind) => all + Number(kind[key] ?? 0), 0)
  const rows = [
    ...kinds.map((kind) => ({ ...kind, isSum: false })),
    {
      isSum: true,
      stereotypeCode: null,
      stereotypes: [],
      nvaSeconds: sum('nvaSeconds'),
      totalSeconds: sum('totalSeconds'),
      activityCount: 0,
    },
  ]
  return (
    <>
      <h3>By kind of activity</h3>
      <Table
        caption="By kind of activity"
        isCaptionUnseen
        rows={rows}
        file="number-by-kind"
        columns={[
          {
            title: 'Kind',
            value: (row) => (row.isSum ? 'Sum' : kindName(row)),
            show: (row) =>
              row.isSum ? (
                <strong>Sum</strong>
              ) : (
                <Link href={here({ explain: cellText({ ...cell, kind: row.stereotypeCode ?? undefined }) })}>
                  {kindName(row)}
                </Link>
              ),
            isHead: true,
          },
          {
            title: 'Hours lost',
            value: ({ nvaSeconds }) => nvaSeconds,
            show: ({ nvaSeconds, isSum }) => (isSum ? <strong>{hours(nvaSeconds)}</strong> : hours(nvaSeconds)),
            isNumber: true,
          },
          {
            title: 'Booked',
            value: ({ totalSeconds }) => totalSeconds,
            show: ({ totalSeconds, isSum }) => (isSum ? <strong>{hours(totalSeconds)}</strong> : hours(totalSeconds)),
            isNumber: true,
          },
        ]}
      />
      <p class="quiet">
        {many(kinds.length, 'kind')}.{' '}
        {Number(kinds.reduce((all, { activityCount }) => all + Number(activityCount ?? 0), 0))} activities.
      </p>
    </>
  )
}
