/** What is pulled, and how its pulls stand. */
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { useChange } from '../../data/use-answer.ts'
import { useMay } from '../../data/who.ts'
import { momentName } from '../../model/calendar.ts'
import { count, many } from '../../model/figures.ts'
import { pullSentence } from '../../model/pulls.ts'
import { useAddress } from '../../parts/link.tsx'
import { Failure } from '../../parts/section.tsx'
import { type PipelineQuery, SyncSourceDocument, type SyncSourceMutation } from '../../queries.ts'
import type { SourceNode } from './pipeline.tsx'

export function Sources({ data: { sources, newest }, now }: { data: PipelineQuery; now: number }) {
  return (
    <section aria-labelledby="sources-title">
      <div class="title">
        <h2 id="sources-title">Sources</h2>
      </div>
      {sources.length === 0 && (
        <p>
          No source has a database to pull. Name one in <code>SOURCE_TIMESHEETS_URL</code> and start the service again,
          or send rows with <code>ingestActivities</code>: <a href="/graphql#ingest">an example in GraphiQL</a>.
        </p>
      )}
      <ul class="source-list">
        {sources.map((source) => (
          <SourceItem
            key={source.name}
            source={source}
            newest={newest.nodes.find((batch) => batch.source === source.name)}
            now={now}
          />
        ))}
      </ul>
    </section>
  )
}

type Newest = PipelineQuery['newest']['nodes'][number]

function SourceItem({ source, newest, now }: { source: SourceNode; newest: Newest | undefined; now: number }) {
  const { here } = useAddress()
  const { operate } = useMay()
  const [isSure, setSure] = useState(false)
  const pull = useChange(SyncSourceDocument)
  const { name, adapter, cursor, pulling, error } = source
  const isBusy = pull.isRunning || pulling
  const run = (full: boolean) => {
    setSure(false)
    pull.run({ name, full })
  }
  return (
    <li>
      <h3>
        {name} <span class="quiet">{adapter}</span>
      </h3>
      <p class={error && !pulling ? 'failure' : undefined}>It {pullSentence(source, now)}</p>
      {pulling && newest && newest.received > 0 && source.lastPull && newest.startedAt >= source.lastPull && (
        <p role="status">
          <Link href={here({ batch: newest.id })}>{many(newest.received, 'row')} came so far</Link>,{' '}
          {count(newest.inserted)} of them are new activities.
        </p>
      )}
      {cursor && <p class="quiet">Read up to what was changed {momentName(cursor)}.</p>}
      {!operate ? null : isSure ? (
        <section class="note" aria-label={`Read everything of ${name} again`}>
          <p>
            All rows of {name} are read again, and activities that it no longer has are removed here. That takes as long
            as its first pull; numbers stay readable meanwhile.
          </p>
          <p class="choices">
            <button type="button" class="button main" onClick={() => run(true)}>
              Read everything of {name}
            </button>
            <button type="button" class="button" onClick={() => setSure(false)}>
              Leave it
            </button>
          </p>
        </section>
      ) : (
        <p class="choices">
          <button type="button" class="button" disabled={isBusy} onClick={() => run(false)}>
            {isBusy ? 'Being pulled…' : 'Pull now'}
          </button>
          <button type="button" class="button" disabled={isBusy} onClick={() => setSure(true)}>
            Read everything again…
          </button>
        </p>
      )}
      {pull.error && <Failure error={pull.error} />}
      {pull.data && <Pulled report={pull.data.syncSource} />}
    </li>
  )
}

function Pulled({ report }: { report: SyncSourceMutation['syncSource'] }) {
  const { here } = useAddress()
  const { id, received, inserted, updated, removed, quarantined } = report
  return (
    <p role="status">
      Pulled: <Link href={here({ batch: id })}>{many(received, 'row')}</Link> came, {count(inserted)} new,{' '}
      {count(updated)} changed, {count(removed)} removed, {count(quarantined)} refused.
    </p>
  )
}
