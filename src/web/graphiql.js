import { today } from './calendar.js'
import { examples } from './graphiql-examples.js'

const { GraphiQL, React, ReactDOM } = globalThis

/** Other tools' GraphiQL on the same host and port keep their tabs to themselves, and so does this one. */
const PREFIX = 'steelthread:'
const storage = {
  get length() {
    return ownKeys().length
  },
  getItem: (key) => localStorage.getItem(PREFIX + key),
  setItem: (key, value) => localStorage.setItem(PREFIX + key, value),
  removeItem: (key) => localStorage.removeItem(PREFIX + key),
  clear: () => {
    for (const key of ownKeys()) localStorage.removeItem(key)
  },
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(
    GraphiQL,
    {
      fetcher: GraphiQL.createFetcher({ url: '/graphql' }),
      storage,
      ...tabs(examples(today()), location.hash.slice(1)),
    },
    React.createElement(GraphiQL.Logo, null, React.createElement('a', { href: '/' }, 'Steelthread')),
  ),
)

/** The examples in tabs of their own; `/graphql#ingest` opens that one, also where tabs were kept from last time. */
function tabs(all, name) {
  const asked = all.find((example) => example.name === name)
  const defaultTabs = asked ? [asked, ...all.filter((example) => example !== asked)] : all
  const kept = storage.getItem('graphiql:tabState') !== null
  return { defaultTabs, ...(asked && kept && { query: asked.query, variables: asked.variables }) }
}

function ownKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))
}
