import { element, styled } from './elements.js'
import { count, hours, percent } from './figures.js'

/** Waste by stereotype: one bar each, the largest first; those without waste are left out. */
export function wasteBars(caption, rows) {
  const wasted = rows.filter(({ nvaSecondsSum }) => Number(nvaSecondsSum) > 0)
  const lost = wasted.reduce((sum, { nvaSecondsSum }) => sum + Number(nvaSecondsSum), 0)
  if (lost === 0) return element('p', { class: 'quiet' }, 'No time without value was booked.')
  return element(
    'table',
    { class: 'bars' },
    element('caption', {}, caption),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'Kind of activity'),
        ...['Hours lost', 'Hours booked', 'Activities'].map((title) =>
          element('th', { scope: 'col', class: 'number' }, title),
        ),
      ),
    ),
    element(
      'tbody',
      {},
      ...wasted.map((row) => barRow(row, Number(row.nvaSecondsSum) / lost, largestShare(wasted, lost))),
    ),
  )
}

function barRow({ stereotype, nvaSecondsSum, totalSum, activityCount }, share, largest) {
  const bar = styled(element('span', { class: 'bar', 'aria-hidden': 'true' }), {
    '--width': percent(share / largest, 2),
  })
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      element(
        'span',
        { class: 'kind' },
        stereotype.name,
        element('span', { class: 'quiet' }, ` ${percent(share)} of the loss`),
      ),
      bar,
    ),
    ...[hours(nvaSecondsSum), hours(totalSum), count(activityCount)].map((text, index) =>
      element('td', { class: index === 0 ? 'number strong' : 'number' }, text),
    ),
  )
}

function largestShare(rows, lost) {
  return Math.max(...rows.map(({ nvaSecondsSum }) => Number(nvaSecondsSum))) / lost
}
