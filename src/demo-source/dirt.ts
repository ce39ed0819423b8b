import type { Random } from './random.ts'
import type { CleanTimeEntry, TimeEntry } from './rows.ts'

const every = 100

/** The same entries with one in a hundred gone wrong, spread evenly over time, each kind of flaw in its turn. */
export function soil(entries: readonly CleanTimeEntry[], random: Random): TimeEntry[] {
  const flawAt = new Map<number, Flaw>()
  for (let turn = 0; (turn + 1) * every <= entries.length; turn++) {
    flawAt.set(turn * every + random.integer(0, every - 1), flawOf(turn))
  }
  return entries.flatMap((entry, index) => flawAt.get(index)?.(entry) ?? [entry])
}

/** What became of one entry. */
type Flaw = (entry: CleanTimeEntry) => TimeEntry[]

function flawOf(turn: number): Flaw {
  const variants = flaws[turn % flaws.length] ?? []
  const flaw = variants[Math.floor(turn / flaws.length) % variants.length]
  if (!flaw) throw new Error('a kind of flaw has no variant')
  return flaw
}

const flaws: readonly (readonly Flaw[])[] = [
  // Left out: the form has no required fields.
  [
    (entry) => [{ ...entry, value_type: null }],
    (entry) => [{ ...entry, user_id: null }],
    (entry) => [{ ...entry, duration_seconds: null }],
    (entry) => [{ ...entry, activity_date: null }],
    (entry) => [{ ...entry, stereotype_id: null }],
    (entry) => [{ ...entry, id: null }],
  ],
  // Durations worked out in fractions of an hour.
  [(entry) => [{ ...entry, duration_seconds: entry.duration_seconds + 0.5 }]],
  // An import that took a tab or a bell for part of the number, or no number at all.
  [
    (entry) => [{ ...entry, id: entry.id.replace('-', '\t') }],
    (entry) => [{ ...entry, id: entry.id.replace('-', '\u0007-') }],
    (entry) => [{ ...entry, id: '   ' }],
  ],
  // Dates typed by hand.
  [
    (entry) => [{ ...entry, activity_date: entry.activity_date.split('-').reverse().join('.') }],
    (entry) => [{ ...entry, activity_date: entry.activity_date.replace(/-\d\d-\d\d$/, '-02-30') }],
    (entry) => [{ ...entry, activity_date: entry.activity_date.replaceAll('-', '/') }],
  ],
  // A correction booked as less than nothing, milliseconds taken for seconds.
  [
    (entry) => [{ ...entry, duration_seconds: -entry.duration_seconds }],
    (entry) => [{ ...entry, duration_seconds: entry.duration_seconds * 1000 }],
  ],
  // Words of another system, and stray blanks.
  [
    (entry) => [{ ...entry, value_type: 'WASTE' }],
    (entry) => [{ ...entry, value_type: `${entry.value_type.toLowerCase()} ` }],
  ],
  // A kind, a colleague and a project that were deleted.
  [(entry) => [{ ...entry, stereotype_id: 99 }]],
  [(entry) => [{ ...entry, user_id: 9001 }]],
  [(entry) => [{ ...entry, project_id: 77 }]],
  // The form sent twice.
  [(entry) => [entry, { ...entry }]],
]
