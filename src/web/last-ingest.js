import { element } from './elements.js'
import { count } from './figures.js'
import { pullSentence } from './pulls.js'

const COUNTS = ['received', 'inserted', 'updated', 'unchanged', 'quarantined', 'superseded', 'skipped', 'removed']

/** What came in last, how many refused rows wait for somebody to look at them, and how the sources stand. */
export function lastIngest({ ingestBatches, quarantine, sources }, now) {
  // A source that can't be reached leaves a report each time.
  const batch = ingestBatches.nodes.find(({ received }) => received > 0)
  const title = element('h2', {}, 'Last ingest')
  if (!batch) {
    const { length } = ingestBatches.nodes
    const text = length === 0 ? 'Nothing was ingested yet.' : 'The latest pulls brought no rows.'
    const nothing = element('p', { class: 'quiet' }, text)
    return element('section', {}, title, nothing, sourceLines(sources, now))
  }
  const entry = (key) => element('div', {}, element('dt', {}, key), element('dd', {}, count(batch[key])))
  return element(
    'section',
    {},
    title,
    element('p', {}, 'From ', element('strong', {}, batch.source), ', ', instant(batch.finishedAt), endOf(batch)),
    element('dl', { class: 'counts' }, ...COUNTS.map(entry)),
    openRows(quarantine.totalCount),
    sourceLines(sources, now),
  )
}

/** A line for each source, which takes the place of the one before. */
export function sourceLines(sources, now) {
  const line = (source) =>
    element(
      'p',
      { class: source.error ? null : 'quiet' },
      element('strong', {}, source.name),
      ' ',
      pullSentence(source, now),
    )
  return element('div', { id: 'sources' }, ...sources.map(line))
}

function endOf({ error, inserted, updated, quarantined }) {
  if (error) return ': unfinished.'
  return inserted + updated + quarantined === 0 ? ': nothing new.' : '.'
}

function openRows(open) {
  if (open === 0) return element('p', { class: 'quiet' }, 'No row waits in quarantine.')
  const rows = open === 1 ? 'One row waits' : `${count(open)} rows wait`
  const link = element('a', { href: '/graphql#quarantine' }, 'see why in GraphiQL')
  return element('p', {}, `${rows} in quarantine: `, link, '.')
}

function instant(iso) {
  const text = new Date(iso).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short' })
  return element('time', { datetime: iso }, text)
}
