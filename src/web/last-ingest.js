import { element } from './elements.js'
import { count } from './figures.js'

const COUNTS = ['received', 'inserted', 'updated', 'unchanged', 'quarantined', 'superseded']

/** What came in last, and how many refused rows wait for somebody to look at them. */
export function lastIngest({ ingestBatches, quarantine }) {
  const [batch] = ingestBatches.nodes
  const title = element('h2', {}, 'Last ingest')
  if (!batch) return element('section', {}, title, element('p', { class: 'quiet' }, 'Nothing was ingested yet.'))
  const entry = (key) => element('div', {}, element('dt', {}, key), element('dd', {}, count(batch[key])))
  return element(
    'section',
    {},
    title,
    element(
      'p',
      {},
      'From ',
      element('strong', {}, batch.source),
      ', ',
      instant(batch.finishedAt),
      batch.inserted + batch.updated + batch.quarantined === 0 ? ': nothing new.' : '.',
    ),
    element('dl', { class: 'counts' }, ...COUNTS.map(entry)),
    openRows(quarantine.totalCount),
  )
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
