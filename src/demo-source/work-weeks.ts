import { weekday } from './calendar.ts'
import { type Habits, splitOf, weekendShift } from './habits.ts'
import { type Incident, incidentOf } from './incidents.ts'
import { type Person, people, teamOf } from './people.ts'
import { type ProjectWeights, projectsOf } from './projects.ts'
import type { Random } from './random.ts'
import { driftOf } from './teams.ts'
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

/** Everybody's days over the weeks in which they are with the company, person by person. */
export function workDays(weeks: Weeks, random: Random): WorkDay[] {
  return people.flatMap((person) => daysOf(person, weeks, random))
}

const onCallRota = people.filter(({ trade }) => trade === 'developer')

function daysOf(person: Person, { firstMonday, count }: Weeks, random: Random): WorkDay[] {
  const usualWaste = random.between(0.23, 0.37)
  const vacations = [0, count / 2].map((start) => vacationWeek(person, start, count, random))
  const moods = weekMoods(count, random)
  const days: WorkDay[] = []

  for (let week = 0; week < count; week++) {
    const weeksAgo = count - 1 - week
    const team = teamOf(person, weeksAgo)
    if (!team) continue
    const incident = incidentOf(person.id, weeksAgo)
    const onCall = onCallRota[week % onCallRota.length] === person
    const habits = habitsIn(person, onCall, projectsOf(team, weeksAgo), incident)
    const drift = driftOf[team] * (week / (count - 1) - 0.5)
    const weekWaste = usualWaste + drift + (incident?.lift ?? 0) + (moods[week] ?? 0)

    for (let day = firstMonday + week * 7; day < firstMonday + week * 7 + 7; day++) {
      const waste = weekWaste + random.between(-0.03, 0.03)
      if (weekday(day) < 5) {
        const off = vacations.includes(week) || random.chance(0.025)
        days.push({ day, person, stretches: off ? dayOff : officeDay(habits, waste, random) })
      } else if (onCall && !vacations.includes(week) && random.chance(0.6)) {
        days.push({ day, person, stretches: shift({ ...habits, ...weekendShift }, waste, random) })
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

/**
 * The index of the week of the half-year from `start` on that somebody is away, never one with an incident of theirs;
 * undefined for one in five.
 */
function vacationWeek(person: Person, start: number, count: number, random: Random): number | undefined {
  const week = start + random.integer(0, count / 2 - 1)
  const stays = random.chance(0.2) || incidentOf(person.id, count - 1 - week) !== undefined
  return stays ? undefined : week
}

function habitsIn(person: Person, onCall: boolean, projects: ProjectWeights, incident: Incident | undefined): Habits {
  const { value, waste } = splitOf[person.trade]
  return {
    value: onCall ? { ...value, on_call: 40 } : value,
    waste: incident ? { ...waste, [incident.kind]: 250 } : waste,
    projects: incident ? { ...projects, [incident.project]: 250 } : projects,
  }
}
