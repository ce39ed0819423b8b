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

/** What to show while the first pull of a source is under way and nothing of these weeks has come in yet. */
export function firstPull(sources) {
  const names = sources.map(({ name }) => `“${name}”`).join(', ')
  return element(
    'section',
    { role: 'status' },
    element('h1', {}, 'The first pull is under way'),
    element('p', { class: 'lead' }, `The cache is filled from ${names} for the first time.`),
    element('p', {}, 'The numbers appear here by themselves once that is done.'),
  )
}

/** What to show above the numbers meanwhile: a note, or nothing where no first pull is under way. */
export function firstPullNotes(sources) {
  if (sources.length === 0) return []
  const names = sources.map(({ name }) => `“${name}”`).join(', ')
  const note = `The first pull of ${names} is under way: these are the numbers of what came in so far. All of them appear by themselves.`
  return [element('p', { role: 'status' }, element('strong', {}, note))]
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
      way(
        'Start the service with your database’s address in ',
        code('SOURCE_TIMESHEETS_URL'),
        '; it pulls at once, and again every five minutes.',
      ),
      way(
        'Pull a source again: ',
        code('syncSource(name: "timesheets")'),
        '. The answer says what is wrong, if it fails.',
      ),
      way('Send rows yourself with ', code('ingestActivities'), ': ', example, '.'),
    ),
  )
}
