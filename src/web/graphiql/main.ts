import { today } from '../model/calendar.ts'
import { examples } from './examples.ts'

/** What the scripts of the page before this one put there. */
interface Packages {
  GraphiQL: {
    createLocalStorage(options: { namespace: string }): Storage
    createFetcher(options: { url: string; wsClient: unknown }): unknown
    Logo: unknown
  }
  React: { createElement(type: unknown, props: object | null, ...children: unknown[]): unknown }
  ReactDOM: { createRoot(element: HTMLElement | null): { render(element: unknown): void } }
  graphqlWs: { createClient(options: { url: string }): unknown }
}

const { GraphiQL, React, ReactDOM, graphqlWs } = globalThis as unknown as Packages

// Without a name of its own it would show the tabs of whatever else was ever served on this host and port.
const storage = GraphiQL.createLocalStorage({ namespace: 'steelthread' })

// Subscriptions go by a WebSocket, which is opened once one is run.
const wsClient = graphqlWs.createClient({ url: new URL('/graphql', location.href).href.replace(/^http/, 'ws') })

if (await isAnybodyKnown()) show()
else askToLogIn()

/** Whether whoever looks may ask. */
async function isAnybodyKnown(): Promise<boolean> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ caller { name } }' }),
  }).catch(() => undefined)
  return response?.status !== 401
}

function askToLogIn(): void {
  const [notice, title, text] = [make('main'), make('h1', 'GraphiQL'), make('p')]
  const link = Object.assign(make('a', 'log in at the page'), { href: '/' })
  text.append('The service asks who you are: ', link, ' first, then come back here.')
  notice.append(title, text)
  document.getElementById('graphiql')?.replaceWith(notice)
}

function make(tag: string, text = ''): HTMLElement {
  return Object.assign(document.createElement(tag), { textContent: text })
}

function show(): void {
  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    React.createElement(
      GraphiQL,
      { fetcher: GraphiQL.createFetcher({ url: '/graphql', wsClient }), storage, ...tabs() },
      React.createElement(GraphiQL.Logo, null, React.createElement('a', { href: '/' }, 'Steelthread')),
    ),
  )
}

/** The examples in a tab each; `/graphql#ingest` shows that one, beside the tabs that were kept from last time. */
function tabs(): object {
  const all = examples(today())
  const asked = all.find(({ name }) => name === location.hash.slice(1))
  const kept = storage.getItem('graphiql:tabState') !== null
  if (kept) return asked ? { query: asked.query, variables: asked.variables } : {}
  const first = asked ?? all[0]
  // GraphiQL takes the first tab's query from `defaultTabs`, but not its variables.
  return { defaultTabs: [first, ...all.filter((example) => example !== first)], variables: first?.variables }
}
