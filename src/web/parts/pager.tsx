/** Pages of a list that is here already; which one, the URL says. */
import { Link } from 'wouter-preact'
import { count } from '../model/figures.ts'
import { useAddress } from './link.tsx'

export interface Page<Row> {
  rows: readonly Row[]
  page: number
  pages: number
  total: number
}

export function usePage<Row>(rows: readonly Row[], size: number, name = 'page'): Page<Row> {
  const { params } = useAddress()
  const pages = Math.max(1, Math.ceil(rows.length / size))
  const page = Math.min(pages, Math.max(1, Math.floor(Number(params.get(name))) || 1))
  return { rows: rows.slice((page - 1) * size, page * size), page, pages, total: rows.length }
}

export function Pager({
  page: { page, pages, total },
  what,
  name = 'page',
}: {
  page: Page<unknown>
  what: string
  name?: string
}) {
  const { here } = useAddress()
  if (pages === 1) return null
  const to = (next: number) => here({ [name]: next === 1 ? null : String(next) })
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      {page > 1 ? <Link href={to(page - 1)}>← Before</Link> : <span class="quiet">← Before</span>}
      <span>
        Page {count(page)} of {count(pages)}, {count(total)} {what}
      </span>
      {page < pages ? <Link href={to(page + 1)}>Next →</Link> : <span class="quiet">Next →</span>}
    </nav>
  )
}

/** Pages that the service gives bit by bit: one more at a time. */
export function MorePages({
  shown,
  total,
  what,
  more,
}: {
  shown: number
  total: number
  what: string
  more?: () => void
}) {
  return (
    <p class="pager">
      <span>
        {count(shown)} of {count(total)} {what}
      </span>
      {more && (
        <button type="button" class="small-button" onClick={more}>
          More
        </button>
      )}
    </p>
  )
}
