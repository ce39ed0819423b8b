import { element, styled } from './elements.js'
import { count, hours, part, percent } from './figures.js'

/** Waste by stereotype: one bar each, the largest first; those without waste are left out. */
export function wasteBars(caption, rows) {
  const wasted = rows.filter(({ nvaSeconds }) => Number(nvaSeconds) > 0)
  if (wasted.length === 0) return element('p', { class: 'quiet' }, 'No time without value was booked.')
  const losses = wasted.map(({ nvaSeconds }) => Number(nvaSeconds))
  const scale = {
    largest: Math.max(...losses),
    all: losses.reduce((sum, loss) => sum + loss),
    digits: Math.max(...losses) < 100 * 3600 ? 1 : 0,
  }
  return element(
    'table',
    { class: 'bars' },
    element('caption', {}, caption),
    element('thead', {}, headRow()),
    element('tbody', {}, ...wasted.map((row) => barRow(row, scale))),
  )
}

function headRow() {
  const numbers = ['Hours lost', 'Hours booked', 'Activities']
  return element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Kind of activity'),
    ...numbers.map((title) => element('th', { scope: 'col', class: 'number' }, title)),
  )
}

function barRow({ stereotype, nvaSeconds, totalSeconds, activityCount }, { largest, all, digits }) {
  const loss = Number(nvaSeconds)
  const share = element('span', { class: 'quiet' }, ` ${part(loss / all)} of the loss`)
  const bar = element('span', { class: 'bar', 'aria-hidden': 'true' })
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      element('span', { class: 'kind' }, stereotype.name, share),
      styled(bar, { '--width': percent(loss / largest, 2) }),
    ),
    element('td', { class: 'number strong' }, hours(loss, digits)),
    element('td', { class: 'number' }, hours(totalSeconds, digits)),
    element('td', { class: 'number' }, count(activityCount)),
  )
}
