/** The rows that are looked at, page by page, and which of them are chosen. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { useMay } from '../../data/who.ts'
import { count, many } from '../../model/figures.ts'
import {
  choosing,
  type Desk,
  deskKey,
  deskWords,
  EVERY_ROW,
  PROBLEMS,
  rowsFilter,
  STATUSES,
} from '../../model/quarantine.ts'
import { Choice } from '../../parts/choice.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Failure, Skeleton } from '../../parts/section.tsx'
import { QuarantinePageDocument, type QuarantinePageQuery, type QuarantineStatus } from '../../queries.ts'
import { Case } from './case.tsx'
import type { Group } from './quarantine.tsx'
import { Work } from './work.tsx'

const SIZE = 25
const NONE: ReadonlySet<string> = new Set()

export function Rows({ desk, groups }: { desk: Desk; groups: readonly Group[] }) {
  const { params, here, change } = useAddress()
  const [after, before] = [params.get('after') || null, params.get('before') || null]
  const top = useTopOf(`${after} ${before}`)
  const asked = useAnswer(QuarantinePageDocument, {
    filter: rowsFilter(desk, desk.status),
    ...(before && !after ? { last: SIZE, before } : { first: SIZE, after }),
    open: rowsFilter(desk, 'OPEN'),
    released: rowsFilter(desk, 'RELEASED'),
    discarded: rowsFilter(desk, 'DISCARDED'),
  })
  const { data } = asked
  const { operate } = useMay()
  const all = usePicks(deskKey(desk), data?.quarantine.nodes ?? [], desk.status)
  const picks = { ...all, canPick: all.canPick && operate }
  const total = data?.quarantine.totalCount ?? 0
  const totals = { OPEN: data?.open, RELEASED: data?.released, DISCARDED: data?.discarded }
  const isWhole = params.has('whole')
  const firstPage = here({ after: null, before: null })
  return (
    <section class="desk-rows" aria-labelledby="rows-title" aria-busy={asked.isOld || !data}>
      <div class="title">
        <h2 id="rows-title" ref={top} tabIndex={-1}>
          {deskWords(desk) ?? 'All rows'}
        </h2>
        <span class="choices">
          <Choice
            label="What became of them"
            value={desk.status}
            options={Object.entries(STATUSES).map(([status, title]) => {
              const of = totals[status as QuarantineStatus]
              return [status, of ? `${title} ${count(of.totalCount)}` : title] as const
            })}
            choose={(status) => change(choosing({ status: status === 'OPEN' ? null : status }))}
          />
          <label class="inline">
            <input
              type="checkbox"
              checked={isWhole}
              onChange={({ currentTarget }) => change({ whole: currentTarget.checked ? '1' : null }, { replace: true })}
            />{' '}
            Whole rows
          </label>
        </span>
      </div>
      {desk.code && desk.status === 'OPEN' && (
        <p class="quiet">
          What to do: {PROBLEMS[desk.code].advice} What was mended releases the row when it comes again, or by a replay.
        </p>
      )}
      {asked.error && (
        <>
          <Failure error={asked.error} again={asked.again} advice={ADVICE} />
          <p>
            {(after || before) && <Link href={firstPage}>To the first page</Link>}{' '}
            <Link href={here(EVERY_ROW)}>All rows</Link>
          </p>
        </>
      )}
      {!data && !asked.error && <Skeleton height={40} />}
      {data && operate && <Work desk={desk} groups={groups} picks={picks} total={total} />}
      {data && !asked.error && (
        <div class={asked.isOld ? 'content old' : 'content'}>
          <NoRows desk={desk} data={data} firstPage={firstPage} />
          <ul class="cases">
            {data.quarantine.nodes.map((row) => (
              <Case key={`${row.id} ${isWhole}`} row={row} picks={picks} isWhole={isWhole} />
            ))}
          </ul>
          <Pages data={data} />
        </div>
      )}
    </section>
  )
}

const ADVICE = {
  BAD_USER_INPUT: 'The link asks for what there is not, or no longer.',
  LIMIT_EXCEEDED: 'The rows of this page are too large to be read at once: choose others, or ask the API for fewer.',
}

type Row = QuarantinePageQuery['quarantine']['nodes'][number]

/** Which rows are chosen: some of those that can be seen, or all that are like that. */
export interface Picks {
  rows: readonly Row[]
  isAll: boolean
  has: (row: Row) => boolean
  /** RELEASED ones are done with. */
  canPick: boolean
  /** How many could be, on this page. */
  onPage: number
  pick: (row: Row, isPicked: boolean) => void
  pickPage: (isPicked: boolean) => void
  pickAll: () => void
  clear: () => void
}

/** `key` says what is looked at: of anything else nothing is chosen yet. */
function usePicks(key: string, page: readonly Row[], status: QuarantineStatus): Picks {
  const [picked, setPicked] = useState({ key, ids: NONE, isAll: false })
  const { ids, isAll } = picked.key === key ? picked : { ids: NONE, isAll: false }
  // Of what was chosen only what can still be seen counts, and what is still so.
  const there = page.filter((row) => row.status === status)
  const rows = isAll ? there : there.filter(({ id }) => ids.has(id))
  const set = (next: Iterable<string>, all = false) => setPicked({ key, ids: new Set(next), isAll: all })
  return {
    rows,
    isAll,
    has: (row) => rows.includes(row),
    canPick: status !== 'RELEASED',
    onPage: there.length,
    pick: (row, isPicked) => {
      const others = rows.map(({ id }) => id).filter((id) => id !== row.id)
      set(isPicked ? [...others, row.id] : others)
    },
    pickPage: (isPicked) => set(isPicked ? there.map(({ id }) => id) : NONE),
    pickAll: () => set(NONE, true),
    clear: () => set(NONE),
  }
}

/** Another page is read from its top. */
function useTopOf(page: string) {
  const top = useRef<HTMLHeadingElement>(null)
  const first = useRef(page)
  useEffect(() => {
    if (first.current === page) return
    first.current = page
    top.current?.focus({ preventScroll: true })
    top.current?.scrollIntoView({ block: 'start' })
  }, [page])
  return top
}

interface NoRowsProps {
  desk: Desk
  data: QuarantinePageQuery
  firstPage: string
}

function NoRows({ desk, data: { quarantine, open, released, discarded }, firstPage }: NoRowsProps) {
  const { here } = useAddress()
  if (quarantine.nodes.length > 0) return null
  if (quarantine.totalCount > 0) {
    return (
      <p class="note">
        The rows of this page are not here any more. <Link href={firstPage}>To the first page</Link>
      </p>
    )
  }
  const words = deskWords(desk)
  const others = (['OPEN', 'RELEASED', 'DISCARDED'] as const)
    .map((status) => ({ status, total: { OPEN: open, RELEASED: released, DISCARDED: discarded }[status].totalCount }))
    .filter(({ total }) => total > 0)
  if (!words && others.length === 0) return <p class="note">No row was ever refused. There is nothing to do here.</p>
  return (
    <p class="note">
      {words ? 'No row like that' : 'No row'} {IS[desk.status]}. {others.length > 0 && 'There are others: '}
      {others.map(({ status, total }, index) => (
        <>
          {index > 0 && ', '}
          <Link href={here(choosing({ status: status === 'OPEN' ? null : status }))}>
            {count(total)} {STATUSES[status].toLowerCase()}
          </Link>
        </>
      ))}
      {others.length > 0 && '. '}
      {words && others.length === 0 && 'It may have been worked off meanwhile, or the link may be wrong. '}
      {words && <Link href={here(EVERY_ROW)}>All rows</Link>}
    </p>
  )
}

const IS = { OPEN: 'waits', RELEASED: 'was released', DISCARDED: 'is discarded' } as const

function Pages({ data: { quarantine } }: { data: QuarantinePageQuery }) {
  const { here } = useAddress()
  const { nodes, totalCount, pageInfo } = quarantine
  if (totalCount <= nodes.length) return null
  return (
    <nav class="pager" aria-label="Pages of rows">
      {pageInfo.hasPreviousPage ? (
        <Link href={here({ before: pageInfo.startCursor, after: null })}>← Before</Link>
      ) : (
        <span class="quiet">← Before</span>
      )}
      <span>
        {count(nodes.length)} of {many(totalCount, 'row')}
      </span>
      {pageInfo.hasNextPage ? (
        <Link href={here({ after: pageInfo.endCursor, before: null })}>Next →</Link>
      ) : (
        <span class="quiet">Next →</span>
      )}
    </nav>
  )
}
