/** The page's figures, out of what the API answered. Nothing here knows of the document. */

import { dayName } from './calendar.js'

/** A jump this young puts its person at the top. The newest of these weeks may not be over yet: then it has no jumps. */
const RECENT_WEEKS = 5

/** `20,054`, or with digits `1.5`. */
export function count(number, digits = 0) {
  return number.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Seconds as hours, never rounded away: `1,635`, with digits `6.5`, `<1`. */
export function hours(seconds, digits = 0) {
  const value = Number(seconds) / 3600
  const least = 10 ** -digits
  return value > 0 && value < least / 2 ? `<${least}` : count(value, digits)
}

/** A part of the whole, never rounded away: `46%`, `<1%`. */
export function part(ratio) {
  return ratio > 0 && ratio < 0.005 ? '<1%' : percent(ratio)
}

/** A ratio as `29%`, or with digits as `28.9%`; a dash where there is none. */
export function percent(ratio, digits = 0) {
  return ratio === null || ratio === undefined ? '–' : `${(100 * ratio).toFixed(digits)}%`
}

/** Sums over groups; the ratio is null where no time was booked. */
export function sumsOf(groups) {
  const nva = groups.reduce((sum, group) => sum + Number(group.nvaSeconds), 0)
  const total = groups.reduce((sum, group) => sum + Number(group.totalSeconds), 0)
  return { nva, total, ratio: total > 0 ? nva / total : null }
}

/** Everybody with time in these weeks: their sums, and their person-weeks by Monday. */
export function peopleOf(summaries, trends) {
  const people = new Map(
    summaries.map(({ user, ...sums }) => [user.id, { ...user, ...sumsOf([sums]), weeks: new Map() }]),
  )
  for (const trend of trends) people.get(trend.user.id)?.weeks.set(trend.weekStart, trend)
  return [...people.values()].filter(({ total }) => total > 0)
}

/** Recent jumps first, the newest before the older ones; then by the share lost, the largest first. */
export function inOrder(people, weeks) {
  const recent = weeks.slice(-RECENT_WEEKS)
  const jump = (person) => recent.findLastIndex((week) => person.weeks.get(week)?.flagged)
  return [...people].sort((a, b) => jump(b) - jump(a) || b.ratio - a.ratio || a.name.localeCompare(b.name))
}

/** The lowest and the highest ratio of a week, between which the heat is spread. */
export function rangeOf(people) {
  const ratios = people.flatMap(({ weeks }) => [...weeks.values()].flatMap(({ wasteRatio }) => wasteRatio ?? []))
  return ratios.reduce(([low, high], ratio) => [Math.min(low, ratio), Math.max(high, ratio)], [1, 0])
}

/** Where a ratio stands in its range, from 0 to 1. */
export function heatOf(ratio, [low, high]) {
  return high > low ? Math.min(1, Math.max(0, (ratio - low) / (high - low))) : 0.5
}

/** Where most of the loss went and who lost most, in one sentence. */
export function leadSentence(kinds, people) {
  const { nva: lost } = sumsOf(people.map(({ nva, total }) => ({ nvaSeconds: nva, totalSeconds: total })))
  if (lost === 0) return 'Nobody booked time without value in these weeks.'
  const person = people.reduce((most, next) => (next.nva > most.nva ? next : most))
  const who = `nobody lost more than ${person.name}: ${hours(person.nva)} hours, ${percent(person.ratio)} of their time.`
  const [kind] = kinds
  if (!kind) return who.replace('nobody', 'Nobody')
  return `The largest part, ${percent(Number(kind.nvaSeconds) / lost)}, went into “${kind.stereotype.name}”; ${who}`
}

/** How many rows wait in quarantine that are in none of the figures. */
export function leftOut({ quarantinedRows, unattributedRows }) {
  const rows = (number) => (number === 1 ? '1 row' : `${count(number)} rows`)
  const own = quarantinedRows > 0 ? `${rows(quarantinedRows)} of these weeks` : null
  const others = unattributedRows > 0 ? `${rows(unattributedRows)} of nobody known, or of no day` : null
  const parts = [own, others].filter((part) => part !== null)
  return parts.length > 0 ? `Not in these figures, as refused: ${parts.join(', and ')}.` : ''
}

/** How many weeks jumped, and whose was the latest. */
export function jumpSentence(people, weeks) {
  const jumpsIn = (week) => people.filter((person) => person.weeks.get(week)?.flagged)
  const all = weeks.reduce((sum, week) => sum + jumpsIn(week).length, 0)
  if (all === 0) return 'No week stands out against its person’s own past.'
  const latest = weeks.findLast((week) => jumpsIn(week).length > 0)
  const names = inOrder(jumpsIn(latest), weeks).map(({ name }) => name)
  const stand = all === 1 ? 'One week stands' : `${count(all)} weeks stand`
  return `${stand} out against ${all === 1 ? 'its' : 'their'} person’s own past, the latest in the week of ${dayName(latest)}: ${listed(names)}.`
}

/** `A`, `A and B`, `A, B and 3 more`. */
export function listed(names, most = 3) {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}
