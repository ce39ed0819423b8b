/** What was brought up to date since the page was opened, with what that took. */
import { useLive } from '../../data/live.tsx'
import { count } from '../../model/figures.ts'
import { Table } from '../../parts/table.tsx'

export function Refreshes() {
  const { refreshes, state } = useLive()
  const number = (title: string, value: (refresh: (typeof refreshes)[number]) => number) => ({
    title,
    value,
    show: (refresh: (typeof refreshes)[number]) => count(value(refresh)),
    isNumber: true,
  })
  return (
    <section aria-labelledby="refreshes-title">
      <div class="title">
        <h2 id="refreshes-title">Last refreshes</h2>
      </div>
      <p class="quiet">
        Those since this page was opened, the newest first, whoever asked for them. Unchanged are those that came out as
        they were; verified those that were found up to date without computing.
        {state === 'polling' && ' The page isn’t live just now, so none is told.'}
      </p>
      <Table
        caption="Last refreshes since this page was opened"
        isCaptionUnseen
        rows={refreshes}
        file="refreshes"
        empty="None since then: nobody asked for what had to be brought up to date."
        columns={[
          {
            title: 'When',
            value: ({ at }) => new Date(at).toISOString(),
            show: ({ at }) => new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(at),
          },
          { title: 'Stage', value: ({ stage }) => stage, isHead: true },
          number('Version', ({ version }) => version),
          number('Checked', ({ receipt }) => receipt.checked),
          number('Recomputed', ({ receipt }) => receipt.recomputed),
          number('Unchanged', ({ receipt }) => receipt.unchanged),
          number('Verified', ({ receipt }) => receipt.verified),
        ]}
      />
    </section>
  )
}
