/** Pages of a list that the service gives by cursors; which one, the URL says. */
import { Link } from 'wouter-preact'
import type { Asked } from '../../data/use-answer.ts'
import { type PageArgs, type PageInfo, pageArgs, pagesBeside } from '../../model/cursor.ts'
import { count } from '../../model/figures.ts'
import { useAddress } from '../../parts/link.tsx'

/** What the query is asked with. */
export function useCursor(name: string, size: number): PageArgs {
  return pageArgs(useAddress().params.get(name), size)
}

interface CursorPagesProps {
  name: string
  page: PageInfo
  shown: number
  total: number
  what: string
  /** What lies before and after, in words. */
  titles?: readonly [before: string, after: string]
}

export function CursorPages({ name, page, shown, total, what, titles = ['Before', 'Next'] }: CursorPagesProps) {
  const { here } = useAddress()
  const { before, after } = pagesBeside(page)
  if (before === undefined && after === undefined && total <= shown) return null
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      {before === undefined ? (
        <span class="quiet">← {titles[0]}</span>
      ) : (
        <Link href={here({ [name]: before })}>← {titles[0]}</Link>
      )}
      <span>
        {count(shown)} of {count(total)} {what}
      </span>
      {after === undefined ? (
        <span class="quiet">{titles[1]} →</span>
      ) : (
        <Link href={here({ [name]: after })}>{titles[1]} →</Link>
      )}
      {before !== undefined && <Link href={here({ [name]: null })}>From the start</Link>}
    </nav>
  )
}

/** A link may hold a cursor that is none, or not any more. */
export function LostPage({ name, asked }: { name: string; asked: Asked<unknown> }) {
  const { params, here } = useAddress()
  if (!asked.error || !params.has(name)) return null
  return (
    <p>
      <Link href={here({ [name]: null })}>From the start of the list</Link>
    </p>
  )
}
