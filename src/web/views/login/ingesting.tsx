/** What a key is for that reads nothing. */

import { useWho } from '../../data/who.ts'
import { Account } from '../../parts/account.tsx'
import { Brand } from '../../parts/brand.tsx'

export function Ingesting() {
  const { caller } = useWho()
  return (
    <>
      <header class="top">
        <Brand />
        <Account />
      </header>
      <main>
        <h1>This key sends rows in</h1>
        <p class="lead">
          “{caller.name}” may send rows{caller.sources ? ` of ${caller.sources.join(', ')}` : ''} and pull sources, and
          see what became of that. It reads no numbers: to look at those, log in with another key.
        </p>
        <p>
          Send rows with <code>ingestActivities</code>: <a href="/graphql#ingest">an example in GraphiQL</a>.
        </p>
      </main>
    </>
  )
}
