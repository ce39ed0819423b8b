import type { ActivityCode } from './activity-kinds.ts'
import { weekday } from './calendar.ts'
import { type Habits, habitsOf, weekendShift } from './habits.ts'
import { incidentOf } from './incidents.ts'
import { type Person, people } from './people.ts'
import type { Random } from './random.ts'
import { dayOff, officeDay, type Stretch, shift } from './work-day.ts'

/** What one person did on one day. */
export interface WorkDay {
  readonly day: number
  readonly person: Person
  readonly stretches: readonly Stretch[]
}

/** The weeks to make up: `count` of them from a Monday on. The last is the week of today. */
export interface Weeks {
  readonly firstMonday: number
  readonly count: number
}

/** Everybody's days over the weeks, person by person. */
export function workDays(weeks: Weeks, random: Random): WorkDay[] {
  return people.flatMap((person) => daysOf(person, weeks, random))
}

const onCallRota = people.filter(({ trade }) => trade === 'developer')

function daysOf(person: Person, { firstMonday, count }: Weeks, random: Random): WorkDay[] {
  const usualWaste = random.between(0.23, 0.37)
  const vacation = vacationWeek(person, count, random)
  const moods = weekMoods(count, random)
  const days: WorkDay[] = []

  for (let week = 0; week < count; week++) {
    const incident = incidentOf(person.id, count - 1 - week)
    const onCall = onCallRota[week % onCallRota.length] === person
    const habits = habitsIn(person, onCall, incident?.kind)
    const weekWaste = usualWaste + (incident?.lift ?? 0) + (moods[week] ?? 0)

    for (let day = firstMonday + week * 7; day < firstMonday + week * 7 + 7; day++) {
      const waste = weekWaste + random.between(-0.03, 0.03)
      if (weekday(day) < 5) {
        const off = week === vacation || random.chance(0.025)
        days.push({ day, person, stretches: off ? dayOff : officeDay(habits, waste, random) })
      } else if (onCall && week !== vacation && random.chance(0.6)) {
        days.push({ day, person, stretches: shift(weekendShift, waste, random) })
      }
    }
  }
  return days
}

/**
 * What the weeks add to somebody's usual waste. Every four weeks have their good, their ordinary and their bad ones, in
 * any order, so that hardly a week stands out by chance.
 */
function weekMoods(count: number, random: Random): number[] {
  const rounds = Array.from({ length: Math.ceil(count / 4) }, () => random.shuffled([-0.033, -0.012, 0.012, 0.033]))
  return rounds.flat()
}

/** The index of the week that somebody is away, never one with an incident of theirs; undefined for one in five. */
function vacationWeek(person: Person, count: number, random: Random): number | undefined {
  const week = random.integer(0, count - 1)
  const stays = random.chance(0.2) || incidentOf(person.id, count - 1 - week) !== undefined
  return stays ? undefined : week
}

function habitsIn(person: Person, onCall: boolean, incidentKind: ActivityCode | undefined): Habits {
  const { value, waste } = habitsOf[person.trade]
  return {
    value: onCall ? { ...value, on_call: 40 } : value,
    waste: incidentKind ? { ...waste, [incidentKind]: 250 } : waste,
  }
}
