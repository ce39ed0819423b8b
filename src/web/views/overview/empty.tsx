/** What to show where nothing has come in yet. */
import { useMay } from '../../data/who.ts'
import type { NewestQuery } from '../../queries.ts'

type Sources = NewestQuery['sources']

export function FirstPull({ sources, isPartial }: { sources: Sources; isPartial?: boolean }) {
  const names = sources.map(({ name }) => `“${name}”`).join(', ')
  if (isPartial) {
    return (
      <p class="note" role="status">
        <strong>The first pull of {names} is under way:</strong> these are the numbers of what came in so far. All of
        them appear by themselves.
      </p>
    )
  }
  return (
    <section role="status">
      <h1>The first pull is under way</h1>
      <p class="lead">The cache is filled from {names} for the first time.</p>
      <p>The numbers appear here by themselves.</p>
    </section>
  )
}

export function EmptyCache({ sources }: { sources: Sources }) {
  const { readAll } = useMay()
  if (!readAll) {
    return (
      <section>
        <h1>No time is booked yet</h1>
        <p class="lead">Nobody whose numbers you may see has booked any. It appears here by itself.</p>
      </section>
    )
  }
  const failed = sources.filter(({ error }) => error)
  return (
    <section>
      <h1>The cache is empty</h1>
      {failed.map(({ name, error }) => (
        <p key={name} class="failure" role="alert">
          <strong>“{name}” could not be pulled:</strong> {error}
        </p>
      ))}
      <p class="lead">No activity has come in yet. Three ways to bring some:</p>
      <ol>
        <li>
          Start the service with your database’s address in <code>SOURCE_TIMESHEETS_URL</code>; it pulls at once, and
          again every five minutes.
        </li>
        <li>
          Pull a source again: <code>syncSource(name: "timesheets")</code>. The answer says what is wrong, if it fails.
        </li>
        <li>
          Send rows yourself with <code>ingestActivities</code>: <a href="/graphql#ingest">an example in GraphiQL</a>.
        </li>
      </ol>
    </section>
  )
}
