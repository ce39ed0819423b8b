/** Links within the page. They keep what the URL says, but for what they change. */
import type { ComponentChildren } from 'preact'
import { Link, useLocation, useSearch } from 'wouter-preact'
import { useMay } from '../data/who.ts'
import { type Cell, cellText, withParams } from '../model/address.ts'

type Changes = Readonly<Record<string, string | null | undefined>>

/** The parameters of the URL, and addresses made of them. */
export function useAddress() {
  // The router says when it changes, but with some of it decoded already.
  useSearch()
  const params = new URLSearchParams(location.search)
  const [path, navigate] = useLocation()
  const here = (changes: Changes) => `${path}${withParams(params, changes)}`
  return {
    params,
    path,
    here,
    /** Goes to what the URL would be with these changes; `replace` leaves no step back. */
    change: (changes: Changes, options?: { replace?: boolean }) => navigate(here(changes), options),
    navigate,
    /** Another view of the same days; who is looked at follows from its path alone. */
    to: (next: string, changes: Changes = {}) => `${next}${withParams(everywhere(params), changes)}`,
  }
}

function everywhere(params: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...params].filter(([key]) => EVERYWHERE.includes(key)))
}

/** What counts in all views: the days. */
const EVERYWHERE = ['period', 'from', 'to', 'until']

/** A number that leads to where it comes from. */
export function Explained({ cell, children }: { cell: Cell; children: ComponentChildren }) {
  const { here } = useAddress()
  return (
    <Link class="explained" href={here({ explain: cellText(cell) })} title="Where this number comes from">
      {children}
    </Link>
  )
}

/** To refused rows, where whoever looks may see them. */
export function QuarantineLink({ children }: { children: ComponentChildren }) {
  const { to } = useAddress()
  return useMay().readAll ? <Link href={to('/quarantine')}>{children}</Link> : children
}

const PATHS = { person: '/people', team: '/teams', project: '/projects' } as const

interface SubjectLinkProps {
  of: keyof typeof PATHS | 'kind'
  id: string
  children: ComponentChildren
}

/** The page of a person, team, project or kind of activity. */
export function SubjectLink({ of, id, children }: SubjectLinkProps) {
  const { to } = useAddress()
  return (
    // A kind's code may be any text, also one that means something in a path.
    <Link class="subject" href={of === 'kind' ? to('/kinds', { kind: id }) : to(`${PATHS[of]}/${id}`)}>
      {children}
    </Link>
  )
}
