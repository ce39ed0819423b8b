/** What all views have in common: the way between them, what is live, the drawer, and the receipt. */
import { useIsFetching, useQueryClient } from '@tanstack/preact-query'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Link, Route, Switch, useLocation } from 'wouter-preact'
import { useLive } from './data/live.tsx'
import { receiptOf, useAnswer } from './data/use-answer.ts'
import { useMay } from './data/who.ts'
import { momentName } from './model/calendar.ts'
import { count } from './model/figures.ts'
import { Account } from './parts/account.tsx'
import { Thread } from './parts/brand.tsx'
import { lazy } from './parts/lazy.tsx'
import { useAddress } from './parts/link.tsx'
import { PulseDocument, type PulseQuery, SeenPulseDocument, type SeenPulseQuery } from './queries.ts'
import { Drawer } from './views/explain/drawer.tsx'
import { Overview } from './views/overview/overview.tsx'
import { SubjectView } from './views/subject/subject-view.tsx'

const Pipeline = lazy(async () => (await import('./views/pipeline/pipeline.tsx')).Pipeline)
const Quarantine = lazy(async () => (await import('./views/quarantine/quarantine.tsx')).Quarantine)

export function App() {
  return (
    <>
      <a class="skip" href="#content">
        Skip to the numbers
      </a>
      <Header />
      <main id="content" tabIndex={-1}>
        <Views />
      </main>
      <Footer />
      <Drawer />
    </>
  )
}

function Views() {
  useFocusOnNewView()
  return (
    <Switch>
      <Route path="/">
        <Overview />
      </Route>
      <Route path="/people/:id">{({ id }) => <SubjectView key={id} of="person" id={id} />}</Route>
      <Route path="/teams/:id">{({ id }) => <SubjectView key={id} of="team" id={id} />}</Route>
      <Route path="/projects/:id">{({ id }) => <SubjectView key={id} of="project" id={id} />}</Route>
      <Route path="/kinds">
        <KindView />
      </Route>
      <Route path="/pipeline">
        <OfEverybody what="pipeline">
          <Pipeline />
        </OfEverybody>
      </Route>
      <Route path="/quarantine">
        <OfEverybody what="quarantine">
          <Quarantine />
        </OfEverybody>
      </Route>
      <Route>
        <h1>There is no such view</h1>
        <p>
          <Link href="/">The overview</Link> has what there is.
        </p>
      </Route>
    </Switch>
  )
}

/** A view that tells of everybody is shown to whoever may see everybody. */
function OfEverybody({ what, children }: { what: string; children: ComponentChildren }) {
  if (useMay().readAll) return <>{children}</>
  return (
    <>
      <h1>The {what} is not yours to see</h1>
      <p>
        It tells of everybody’s rows, and you see those of some people: <Link href="/">the overview</Link> has their
        numbers.
      </p>
    </>
  )
}

function KindView() {
  const kind = useAddress().params.get('kind') ?? ''
  return <SubjectView key={kind} of="kind" id={kind} />
}

/** Who reads by ear or walks by keys begins at the top of the view that a link led to. */
function useFocusOnNewView() {
  const [path] = useLocation()
  const first = useRef(path)
  useEffect(() => {
    if (first.current === path) return
    first.current = path
    document.getElementById('content')?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [path])
}

function Header() {
  const { to, path } = useAddress()
  const { readAll } = useMay()
  // The pulse also says how much waits in quarantine.
  const { data } = useAnswer<PulseQuery | SeenPulseQuery, Record<string, never>>(
    readAll ? PulseDocument : SeenPulseDocument,
    {},
    { every: (pulse) => (pulse?.sources.some(({ pulling }) => pulling) ? 2_000 : false) },
  )
  const waiting = data && 'quarantine' in data ? data.quarantine.totalCount : 0
  const tab = (href: string, text: string, extra?: string) => (
    <Link href={to(href)} aria-current={path === href ? 'page' : undefined}>
      {text}
      {extra && <span class="badge">{extra}</span>}
    </Link>
  )
  return (
    <header class="top">
      <Link class="brand" href="/">
        <Thread />
        Steelthread
      </Link>
      <nav aria-label="Views">
        {tab('/', 'Overview')}
        {readAll && tab('/pipeline', 'Pipeline')}
        {readAll && tab('/quarantine', 'Quarantine', waiting > 0 ? count(waiting) : undefined)}
      </nav>
      <LiveBadge />
      <Account />
    </header>
  )
}

const STATES = {
  connecting: 'Connecting…',
  live: 'Live',
  polling: 'Not live: looks every 10 s',
} as const

function LiveBadge() {
  const { state, news } = useLive()
  const isFetching = useIsFetching() > 0
  return (
    <p class={`live ${state}`} role="status">
      <span class={isFetching ? 'dot busy' : 'dot'} aria-hidden="true" />
      {news ? `${news.text}, ${momentName(new Date(news.at).toISOString())}` : STATES[state]}
    </p>
  )
}

function Footer() {
  const client = useQueryClient()
  // Whatever is asked or answered may change the sum.
  useIsFetching()
  const { checked, recomputed, unchanged, verified } = receiptOf(client)
  return (
    <footer class="small">
      <p>
        <strong>Receipt of this page.</strong> Person-periods checked: {count(checked)}, recomputed: {count(recomputed)}
        , of these unchanged: {count(unchanged)}, verified: {count(verified)}. Numbers are never out of date: each read
        is checked against what was ingested, and only what changed is computed again.
      </p>
      <p>
        <a href="/graphql">GraphiQL</a> <a href="/readyz">Readiness</a>
      </p>
    </footer>
  )
}
