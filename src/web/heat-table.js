import { dayName } from './calendar.js'
import { element, styled } from './elements.js'
import { heatOf, percent, rangeOf } from './figures.js'

const SO_FAR = 'the week isn’t over: its share so far, not held against other weeks'

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }

/**
 * People as rows, weeks as columns, the share of each week that added no value. `open` is told which cell was chosen:
 * a person (null for everyone) and a week (null for all of them). `unfinished` are the weeks that aren't over.
 */
export function heatTable({ people, everyone, weeks, unfinished }, open) {
  const range = rangeOf(people)
  const rows = [everyone, ...people].map((person) => personRow(person, weeks, range, open))
  const table = element(
    'table',
    { class: 'heat' },
    element('caption', { class: 'unseen' }, 'Share of time that added no value, per person and week'),
    element('thead', {}, headRow(weeks, unfinished)),
    element('tbody', { onkeydown: walk }, ...rows),
  )
  // One stop for the Tab key; the arrow keys walk from there.
  table.querySelector('tbody button')?.removeAttribute('tabindex')
  return table
}

/** What the shades and the marks mean. */
export function heatLegend(people, hasUnfinished) {
  const [low, high] = rangeOf(people)
  return element(
    'p',
    { class: 'legend' },
    element('span', {}, percent(low), element('span', { class: 'ramp', 'aria-hidden': 'true' }), percent(high)),
    element(
      'span',
      {},
      element('span', { class: 'flagged sample' }, '▲'),
      ' at least 2 standard deviations above the person’s own mean of the 8 weeks before',
    ),
    element('span', {}, '– no time booked'),
    hasUnfinished ? element('span', {}, element('span', { class: 'unfinished sample' }), ` ${SO_FAR}`) : null,
  )
}

/** What a flagged week is held against, in words; nothing for the others. */
export function flagText({ flagged, zScore, wasteRatio, baselineMean }) {
  return flagged
    ? `z-score ${zScore.toFixed(1)}: ${percent(wasteRatio, 1)} against a mean of ${percent(baselineMean, 1)} in the weeks before`
    : null
}

function headRow(weeks, unfinished) {
  const week = (monday) =>
    element(
      'th',
      { scope: 'col' },
      element('time', { datetime: monday }, dayName(monday)),
      unfinished.has(monday) ? element('span', { class: 'so-far' }, 'so far') : null,
    )
  return element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Week of'),
    ...weeks.map(week),
    element('th', { scope: 'col', class: 'all' }, `${weeks.length} weeks`),
  )
}

function personRow(person, weeks, range, open) {
  const name = element('button', { type: 'button', tabindex: '-1', onclick: () => open(person, null) }, person.name)
  return element(
    'tr',
    person.id === null ? { class: 'everyone' } : {},
    element('th', { scope: 'row' }, name),
    ...weeks.map((week) => weekCell(person, week, range, open)),
    element('td', { class: 'all' }, percent(person.ratio)),
  )
}

function weekCell(person, week, range, open) {
  const trend = person.weeks.get(week)
  if (!trend || trend.wasteRatio === null) return element('td', { class: 'none' }, '–')
  const note = trend.unfinished ? SO_FAR : flagText(trend)
  const label = [person.name, `week of ${dayName(week)}`, percent(trend.wasteRatio), note].filter(Boolean).join(', ')
  const button = element(
    'button',
    {
      type: 'button',
      tabindex: '-1',
      class: trend.unfinished ? 'unfinished' : trend.flagged && 'flagged',
      title: note,
      'aria-label': label,
      onclick: () => open(person, week),
    },
    trend.flagged ? element('span', { class: 'mark' }, '▲') : null,
    percent(trend.wasteRatio),
  )
  return element('td', {}, styled(button, { '--heat': percent(heatOf(trend.wasteRatio, range)) }))
}

/** Arrow keys move to the next cell that holds a button. */
function walk(event) {
  const step = STEPS[event.key]
  const cell = event.target.closest('th, td')
  if (!step || !cell) return
  const rows = [...event.currentTarget.rows]
  let [row, column] = [rows.indexOf(cell.parentElement), cell.cellIndex]
  let next = null
  while (!next) {
    row += step[0]
    column += step[1]
    const reached = rows[row]?.cells[column]
    if (!reached) return
    next = reached.querySelector('button')
  }
  event.preventDefault()
  event.target.setAttribute('tabindex', '-1')
  next.removeAttribute('tabindex')
  next.focus()
}
