import { createHash } from 'node:crypto'

/** The first day: a Monday. */
export const FIRST_DAY = '2026-03-02'
export const WEEKS = 26
/** The last day: a Sunday. */
export const LAST_DAY = dayAfter(FIRST_DAY, WEEKS * 7 - 1)
export const SOURCE = 'timesheets'

const WORKDAYS = WEEKS * 5

/** What people do: code, name, how often, how often it adds no value. */
const KINDS = [
  ['coding', 'Coding', 30, 0.05],
  ['review', 'Code review', 12, 0.1],
  ['design', 'Design', 8, 0.1],
  ['testing', 'Testing', 8, 0.2],
  ['meeting', 'Meeting', 14, 0.6],
  ['support', 'Support', 6, 0.5],
  ['rework', 'Rework', 5, 1],
  ['waiting', 'Waiting', 5, 1],
  ['email', 'E-mail', 5, 0.7],
  ['training', 'Training', 3, 0.2],
  ['admin', 'Administration', 2, 0.9],
  ['pto', 'Paid time off', 2, 0],
]
const TOTAL_WEIGHT = KINDS.reduce((sum, kind) => sum + kind[2], 0)

/**
 * @typedef {object} Activity
 * @property {string} id a UUIDv7
 * @property {string} externalId
 * @property {string} date
 * @property {number} durationSeconds
 * @property {'VALUE_ADD' | 'NON_VALUE_ADD'} type
 * @property {number} stereotype its number, from 0
 * @property {number} user its number, from 0
 */

/** @param {number} size */
export function usersOf(size) {
  const count = size < 200_000 ? 100 : 500
  return Array.from({ length: count }, (_, i) => ({
    id: uuidOf('user', i),
    externalId: String(i + 1),
    name: `Person ${String(i + 1).padStart(3, '0')}`,
  }))
}

export const stereotypes = KINDS.map(([code, name], i) => ({
  id: uuidOf('stereotype', i),
  externalId: String(i + 1),
  code: String(code),
  name: String(name),
}))

/**
 * The activity of this number in a cache of this size: in order of time, every user each day, over 26 weeks. Numbers
 * from `size` on go on after them.
 * @param {number} i
 * @param {number} size
 * @returns {Activity}
 */
export function activityOf(i, size) {
  const users = size < 200_000 ? 100 : 500
  const workday = Math.floor((i * WORKDAYS) / size)
  const date = dayAfter(FIRST_DAY, Math.floor(workday / 5) * 7 + (workday % 5))
  const user = (i * 37 + workday * 11) % users
  const stereotype = kindOf(random(i, 1))
  // Everyone has weeks that are worse than others.
  const mood = random(user * 1000 + Math.floor(workday / 5), 2) * 0.3
  return {
    id: idOf(i),
    externalId: `T-${i + 1}`,
    date,
    durationSeconds: 900 * (1 + Math.floor(random(i, 3) * 12)),
    type: random(i, 4) < KINDS[stereotype][3] + mood ? 'NON_VALUE_ADD' : 'VALUE_ADD',
    stereotype,
    user,
  }
}

/**
 * Activities `from` … `from + count - 1`.
 * @param {number} from
 * @param {number} count
 * @param {number} size
 */
export function activitiesOf(from, count, size) {
  return Array.from({ length: count }, (_, i) => activityOf(from + i, size))
}

/**
 * The activity as a row of the source `timesheets`.
 * @param {Activity} activity
 */
export function sourceRowOf({ externalId, date, durationSeconds, type, stereotype, user }) {
  return {
    id: externalId,
    activity_date: date,
    duration_seconds: durationSeconds,
    value_type: type === 'VALUE_ADD' ? 'VA' : 'NVA',
    stereotype_id: stereotype + 1,
    user_id: user + 1,
  }
}

/** @param {string} date @param {number} days */
export function dayAfter(date, days) {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10)
}

/**
 * The same number for the same arguments, evenly spread over [0, 1).
 * @param {number} i
 * @param {number} salt
 */
export function random(i, salt) {
  let h = Math.imul(i ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32
}

function kindOf(share) {
  let left = share * TOTAL_WEIGHT
  const kind = KINDS.findIndex(([, , weight]) => {
    left -= Number(weight)
    return left < 0
  })
  return kind < 0 ? 0 : kind
}

/** A UUIDv7 whose time grows with the number, as if the service had made it. */
function idOf(i) {
  const time = (1_772_409_600_000 + i).toString(16).padStart(12, '0')
  const tail = Math.floor(random(i, 5) * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${(i % 2 ** 32).toString(16).padStart(8, '0')}${tail.slice(4)}`
}

function uuidOf(kind, i) {
  const hash = createHash('sha256').update(`${kind} ${i}`).digest('hex')
  return `019caaaa-0000-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`
}
