import { ask, NEWEST, OVERVIEW } from './api.js'
import { addDays, isDate, spanName, today, weeksUntil } from './calendar.js'
import { openDetail } from './detail.js'
import { element } from './elements.js'
import { count, hours, inOrder, jumpSentence, leadSentence, leftOut, peopleOf, percent, sumsOf } from './figures.js'
import { heatLegend, heatTable } from './heat-table.js'
import { lastIngest, sourceLines } from './last-ingest.js'
import { isFirstPull } from './pulls.js'
import { failure, firstPull, firstPullNotes, nothing } from './states.js'
import { wasteBars } from './waste-bars.js'
import { watchPulls } from './watch-pulls.js'

/** The current week and twelve full ones. */
const WEEKS = 13

const page = document.getElementById('page')

start()

async function start() {
  const weeks = weeksUntil(lastDay(), WEEKS)
  const span = { from: weeks[0], to: addDays(weeks.at(-1), 6) }
  try {
    const { data, receipt, now } = await ask(OVERVIEW, span)
    const first = data.sources.filter(isFirstPull)
    const isTimeless = sumsOf(data.people).total === 0
    const newest = isTimeless ? await newestDate() : undefined
    if (isTimeless) show(first.length > 0 ? firstPull(first) : nothing(newest, span), lastIngest(data, now))
    else show(...firstPullNotes(first), ...overview(data, receipt, weeks, span, now))
    await watchPulls(data.sources, newest === null, (sources, at) => {
      document.getElementById('sources')?.replaceWith(sourceLines(sources, at))
    })
    start()
  } catch (error) {
    show(failure(error))
  }
}

/** `?until=2026-03-02` looks at the past. */
function lastDay() {
  const asked = new URLSearchParams(location.search).get('until')
  return asked && isDate(asked) ? asked : today()
}

async function newestDate() {
  const { data } = await ask(NEWEST)
  return data.activities.nodes[0]?.date ?? null
}

function show(...content) {
  page.replaceChildren(...content)
  page.removeAttribute('aria-busy')
  // The newest weeks are what a narrow window shows first.
  for (const scroller of page.querySelectorAll('.scroller')) scroller.scrollLeft = scroller.scrollWidth
}

function overview(data, receipt, weeks, span, now) {
  const people = inOrder(peopleOf(data.people, data.wasteTrends), weeks)
  return [
    headline(data, people, span),
    peopleByWeek(data, people, weeks, span),
    element('div', { class: 'halves' }, byStereotype(data), lastIngest(data, now)),
    smallPrint(receipt),
  ]
}

function headline(data, people, span) {
  const { nva, total, ratio } = sumsOf(data.people)
  return element(
    'section',
    {},
    element('h1', {}, element('span', { class: 'share' }, percent(ratio, 1)), ' of the team’s time added no value'),
    element('p', { class: 'lead' }, leadSentence(data.wasteByStereotype, people)),
    element(
      'p',
      { class: 'quiet' },
      `${hours(nva)} of ${hours(total)} hours by ${count(people.length)} ${people.length === 1 ? 'person' : 'people'}, ${spanName(span.from, span.to)}. Paid time off is left out. ${leftOut(data.completeness)}`,
    ),
  )
}

function peopleByWeek(data, people, weeks, span) {
  const unfinished = new Set(data.wasteTrends.filter((trend) => trend.unfinished).map(({ weekStart }) => weekStart))
  const everyone = {
    id: null,
    name: 'Everyone',
    ratio: sumsOf(data.people).ratio,
    weeks: new Map(data.everyone.map((week) => [week.period, { ...week, unfinished: unfinished.has(week.period) }])),
  }
  const table = heatTable({ people, everyone, weeks, unfinished }, (person, week) => openDetail(person, week, weeks))
  return element(
    'section',
    {},
    element('div', { class: 'title' }, element('h2', { id: 'weeks' }, 'Person by week'), otherWeeks(span)),
    element('p', {}, jumpSentence(people, weeks), ' Choose a week, or a name, to see where the time went.'),
    element('div', { class: 'scroller', role: 'region', 'aria-labelledby': 'weeks', tabindex: '0' }, table),
    heatLegend(people, unfinished.size > 0),
    element(
      'p',
      { class: 'quiet' },
      'Jumps of the last five weeks come first, then the largest share. ',
      element('a', { href: '/graphql#flagged' }, 'The jumps as a query'),
    ),
  )
}

function otherWeeks({ from, to }) {
  const later = addDays(to, 7 * WEEKS)
  return element(
    'nav',
    { 'aria-label': 'Weeks' },
    element('a', { href: `/?until=${addDays(from, -1)}` }, '← Earlier'),
    to < today() ? element('a', { href: later < today() ? `/?until=${later}` : '/' }, 'Later →') : null,
  )
}

function byStereotype(data) {
  return element(
    'section',
    {},
    element('h2', {}, 'Where it went'),
    wasteBars('Hours that added no value, by kind of activity', data.wasteByStereotype),
    element('p', { class: 'quiet' }, element('a', { href: '/graphql#waste' }, 'The same as a query')),
  )
}

function smallPrint(receipt) {
  const { checked = 0, recomputed = 0, unchanged = 0, verified = 0 } = receipt ?? {}
  return element(
    'footer',
    { class: 'small' },
    element('strong', {}, 'Receipt of this page. '),
    `Person-periods checked: ${count(checked)}, recomputed: ${count(recomputed)}, of these unchanged: ${count(unchanged)}, verified: ${count(verified)}. `,
    'Numbers are never out of date: each read is checked against what was ingested, and only what changed is computed again.',
  )
}
