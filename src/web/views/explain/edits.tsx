/** What became of rows since a moment: came late, were edited, were removed. */
import { useAnswer } from '../../data/use-answer.ts'
import type { Cell } from '../../model/address.ts'
import { fullName, momentName } from '../../model/calendar.ts'
import { count, hours, signedHours } from '../../model/figures.ts'
import { Shown } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import { EditsDocument, type EditsQuery } from '../../queries.ts'

const KINDS = { LATE_ROWS: 'came later', EDITED_ROWS: 'edited', REMOVED_ROWS: 'removed' } as const

type State = EditsQuery['compareTimes']['edits']['nodes'][number]['before']

export function Edits({ cell, since }: { cell: Cell; since: string }) {
  const { from, to, person } = cell
  const asked = useAnswer(EditsDocument, { from, to, since, userIds: person ? [person] : undefined })
  return (
    <>
      <h3>What changed since {momentName(since)}</h3>
      {(cell.team || cell.project || cell.kind) && (
        <p class="quiet">Of all rows of these days, whatever team, project or kind.</p>
      )}
      <Shown asked={asked} height={8}>
        {({ compareTimes: { before, after, edits } }) => (
          <>
            <p>
              {hours(before.nvaSeconds)} hours without value then, {hours(after.nvaSeconds)} now.
            </p>
            <Table
              caption="Rows that changed"
              isCaptionUnseen
              rows={edits.nodes}
              file="changed-rows"
              empty="No row changed since."
              columns={[
                { title: 'Row', value: ({ source, externalId }) => `${source} ${externalId}`, isHead: true },
                { title: 'What', value: ({ kind }) => KINDS[kind] },
                { title: 'Then', value: (edit) => stateText(edit.before) },
                { title: 'Now', value: (edit) => stateText(edit.after) },
                {
                  title: 'Hours lost',
                  value: ({ nvaSeconds }) => nvaSeconds,
                  show: ({ nvaSeconds }) => signedHours(nvaSeconds),
                  isNumber: true,
                },
              ]}
            />
            {edits.totalCount > edits.nodes.length && (
              <p class="quiet">
                The first {count(edits.nodes.length)} of {count(edits.totalCount)}.
              </p>
            )}
          </>
        )}
      </Shown>
    </>
  )
}

function stateText(state: State): string {
  if (!state) return 'not there'
  return `${fullName(state.date)}, ${hours(state.durationSeconds)} h, ${state.stereotypeCode}, ${state.type === 'VALUE_ADD' ? 'value' : 'no value'}`
}
