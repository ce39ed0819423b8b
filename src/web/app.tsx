/** What all views have in common: the way between them, what is live, the drawer, and the receipt. */
import { useIsFetching, useQueryClient } from '@tanstack/preact-query'
import { useEffect, useRef } from 'preact/hooks'
import { Link, Route, Switch, useLocation } from 'wouter-preact'
import { useLive } from './data/live.tsx'
import { receiptOf, useAnswer } from './data/use-answer.ts'
import { momentName } from './model/calendar.ts'
import { count } from './model/figures.ts'
import { lazy } from './parts/lazy.tsx'
import { useAddress } from './parts/link.tsx'
import { PulseDocument } from './queries.ts'
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
        <Pipeline />
      </Route>
      <Route path="/quarantine">
        <Quarantine />
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
  // The pulse also says how much waits in quarantine.
  const { data } = useAnswer(
    PulseDocument,
    {},
    { every: (pulse) => (pulse?.sources.some(({ pulling }) => pulling) ? 2_000 : false) },
  )
  const waiting = data?.quarantine.totalCount ?? 0
  const tab = (href: string, text: string, extra?: string) => (
    <Link href={to(href)} aria-current={path === href ? 'page' : undefined}>
      {text}
      {extra && <span class="badge">{extra}</span>}
    </Link>
  )
  return (
    <header class="top">
      <Link class="brand" href="/">
        <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
          <path class="steel" d="M1.5 8h13" />
          <path class="thread" d="M1.5 8c2-8 4.5-8 6.5 0s4.5 8 6.5 0" />
        </svg>
        Steelthread
      </Link>
      <nav aria-label="Views">
        {tab('/', 'Overview')}
        {tab('/pipeline', 'Pipeline')}
        {tab('/quarantine', 'Quarantine', waiting > 0 ? count(waiting) : undefined)}
      </nav>
      <LiveBadge />
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
