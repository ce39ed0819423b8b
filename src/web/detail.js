import { ask, DETAIL } from './api.js'
import { addDays, dayName, spanName } from './calendar.js'
import { element } from './elements.js'
import { percent } from './figures.js'
import { wasteBars } from './waste-bars.js'

/** Shows where the time of a person (or of everyone) went, in one week or in all that the page shows. */
export async function openDetail(person, week, weeks) {
  const [from, to] = week ? [week, addDays(week, 6)] : [weeks[0], addDays(weeks.at(-1), 6)]
  const title = `${person.name}, ${week ? `week of ${dayName(week)}` : spanName(from, to)}`
  const rest = element('div', {}, element('p', { class: 'quiet', role: 'status' }, 'Reading…'))
  showDialog(title, element('p', {}, verdict(person, week)), rest)
  try {
    const { data } = await ask(DETAIL, { from, to, userIds: person.id && [person.id] })
    rest.replaceChildren(wasteBars('Where it went', data.wasteByStereotype))
  } catch (error) {
    rest.replaceChildren(element('p', { role: 'alert' }, error.message))
  }
}

function verdict(person, week) {
  if (!week) return `${percent(person.ratio, 1)} of the time added no value.`
  const { wasteRatio, baselineMean, zScore, flagged, unfinished } = person.weeks.get(week)
  const share = `${flagged ? '▲ ' : ''}${percent(wasteRatio, 1)} of the time added no value${unfinished ? ' so far' : ''}`
  if (typeof baselineMean !== 'number') return `${share}.`
  const score = typeof zScore === 'number' ? ` (z-score ${zScore.toFixed(1)})` : ''
  return `${share}, against a mean of ${percent(baselineMean, 1)} in the weeks before${score}.`
}

function showDialog(title, ...content) {
  const dialog = document.getElementById('detail')
  const close = element('button', { type: 'button', class: 'plain', onclick: () => dialog.close() }, 'Close')
  dialog.onclick = ({ target }) => target === dialog && dialog.close()
  const inside = element('div', { class: 'inside' }, element('h2', { id: 'detail-title' }, title), ...content, close)
  dialog.replaceChildren(inside)
  dialog.showModal()
}
