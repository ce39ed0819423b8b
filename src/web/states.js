import { fullName, spanName } from './calendar.js'
import { element } from './elements.js'

/** What to show where these weeks hold no time: an empty cache, or one whose activities all lie elsewhere. */
export function nothing(newest, { from, to }) {
  if (!newest) return emptyCache()
  const weeks = `Nobody booked time in these weeks, ${spanName(from, to)}.`
  return element(
    'section',
    {},
    element('h1', {}, 'No time in these weeks'),
    element('p', { class: 'lead' }, `${weeks} The newest activity is of ${fullName(newest)}.`),
    element('p', {}, element('a', { href: `/?until=${newest}` }, 'Look at the weeks up to then')),
  )
}

/** What to show where the API refuses or can't be reached: its message, and a way on. */
export function failure({ message }) {
  const again = element('button', { type: 'button', class: 'plain', onclick: () => location.reload() }, 'Try again')
  return element(
    'section',
    { role: 'alert' },
    element('h1', {}, 'The numbers could not be read'),
    element('p', { class: 'lead' }, message),
    again,
  )
}

function emptyCache() {
  const code = (text) => element('code', {}, text)
  const way = (...content) => element('li', {}, ...content)
  const example = element('a', { href: '/graphql#ingest' }, 'an example in GraphiQL')
  return element(
    'section',
    {},
    element('h1', {}, 'The cache is empty'),
    element('p', { class: 'lead' }, 'No activity has come in yet. Three ways to bring some:'),
    element(
      'ol',
      {},
      way('Start the service with your database’s address in ', code('SOURCE_TIMESHEETS_URL'), '; it pulls at once.'),
      way(
        'Pull a source again: ',
        code('syncSource(name: "timesheets")'),
        '. The answer says what is wrong, if it fails.',
      ),
      way('Send rows yourself with ', code('ingestActivities'), ': ', example, '.'),
    ),
  )
}
