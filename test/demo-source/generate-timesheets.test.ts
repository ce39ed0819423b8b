import { kindsByCode } from '../../src/demo-source/activity-kinds.ts'
import { dayNumber, mondayOf, weekday } from '../../src/demo-source/calendar.ts'
import { generateTimesheets } from '../../src/demo-source/generate-timesheets.ts'
import { cleanEntries, countProblems } from './problems.ts'
import { type PersonWeek, wasteTrend } from './waste-trend.ts'

const wednesday = '2026-03-18'
const timesheets = generateTimesheets({ today: wednesday })
const clean = cleanEntries(timesheets)

describe('the history', () => {
  test('is the same for the same day and seed, to the byte', () => {
    expect(JSON.stringify(generateTimesheets({ today: wednesday, seed: 1 }))).toBe(JSON.stringify(timesheets))
  })

  test('is another for another seed or day', () => {
    expect(generateTimesheets({ today: wednesday, seed: 2 }).timeEntries).not.toEqual(timesheets.timeEntries)
    expect(generateTimesheets({ today: '2026-03-19' }).timeEntries).not.toEqual(timesheets.timeEntries)
  })

  test('has 25 people, 10 kinds, 26 sprints and 6 projects, and about 40,000 entries', () => {
    expect(new Set(timesheets.employees.map(({ full_name }) => full_name)).size).toBe(25)
    expect(timesheets.activityKinds.map(({ code }) => code).join(' ')).toBe(
      'coding review meeting rework waiting on_call planning support documentation pto',
    )
    expect(timesheets.iterations).toHaveLength(26)
    expect(timesheets.projects.map(({ name, client }) => `${name}: ${client}`)).toEqual([
      'Web shop relaunch: Halvorsen Outdoor',
      'Parcel tracking: Brightwater Logistics',
      'Returns portal: Brightwater Logistics',
      'Loyalty app: Montrose Coffee',
      'Build platform: null',
      'Service desk: null',
    ])
    expect(timesheets.timeEntries.length).toBeGreaterThan(38_000)
    expect(timesheets.timeEntries.length).toBeLessThan(42_000)
  })

  test('spans 52 weeks, the last being the week of today, in sprints of two', () => {
    expect(timesheets.iterations[0]).toEqual({
      id: 1,
      title: 'Sprint 1',
      starts_on: '2025-03-24',
      ends_on: '2025-04-06',
    })
    expect(timesheets.iterations.at(-1)).toEqual({
      id: 26,
      title: 'Sprint 26',
      starts_on: '2026-03-09',
      ends_on: '2026-03-22',
    })
    const dates = clean.map(({ activity_date }) => activity_date ?? '').sort()
    expect([dates[0], dates.at(-1)]).toEqual(['2025-03-24', '2026-03-17'])
  })

  test.each(['18.03.2026', '2026-02-30', 'today'])('refuses to be told for %s', (today) => {
    expect(() => generateTimesheets({ today })).toThrow(RangeError)
  })
})

describe('the teams', () => {
  const membersOf = (name: string) => {
    const id = timesheets.teams.find((team) => team.name === name)?.id
    return timesheets.teamMembers.filter(({ team_id }) => team_id === id)
  }

  test('are four, and everybody is in one', () => {
    expect(timesheets.teams.map(({ name }) => [name, membersOf(name).length])).toEqual([
      ['Web', 9],
      ['Mobile', 7],
      ['Platform', 7],
      ['Customer Care', 3],
    ])
    expect(new Set(timesheets.teamMembers.map(({ employee_id }) => employee_id)).size).toBe(25)
  })

  test('are joined, left and changed by one each, from a Monday and to a Sunday', () => {
    const others = { starts_on: '2025-03-24', ends_on: null }
    expect(
      timesheets.teamMembers.filter(
        ({ starts_on, ends_on }) => starts_on !== others.starts_on || ends_on !== others.ends_on,
      ),
    ).toEqual([
      { team_id: 2, employee_id: 13, starts_on: '2025-03-24', ends_on: '2025-12-07' },
      { team_id: 3, employee_id: 20, starts_on: '2025-09-29', ends_on: null },
      { team_id: 3, employee_id: 24, starts_on: '2025-03-24', ends_on: '2025-10-26' },
      { team_id: 1, employee_id: 24, starts_on: '2025-10-27', ends_on: null },
    ])
  })

  test('have all that their members booked', () => {
    const outside = clean.filter(
      ({ user_id, activity_date }) =>
        !timesheets.teamMembers.some(
          ({ employee_id, starts_on, ends_on }) =>
            employee_id === user_id && `${activity_date}` >= starts_on && `${activity_date}` <= (ends_on ?? wednesday),
        ),
    )
    expect(outside).toEqual([])
  })
})

describe('the projects', () => {
  const worked = clean.filter(({ stereotype_id }) => stereotype_id !== kindsByCode.pto.id)

  test('have all time but days off and some of which nobody said', () => {
    expect(clean.filter((row) => row.stereotype_id === kindsByCode.pto.id && row.project_id !== null)).toEqual([])
    const unsaid = worked.filter(({ project_id }) => project_id === null).length / worked.length
    expect(unsaid).toBeGreaterThan(0.02)
    expect(unsaid).toBeLessThan(0.04)
  })

  test.each(timesheets.projects)('$name has more than 2 % of it', ({ id }) => {
    expect(worked.filter(({ project_id }) => project_id === id).length / worked.length).toBeGreaterThan(0.02)
  })

  test('are followed by one another: the returns portal begins when parcel tracking ends', () => {
    const dates = (name: string) => {
      const id = timesheets.projects.find((project) => project.name === name)?.id
      return worked.filter(({ project_id }) => project_id === id).map(({ activity_date }) => activity_date ?? '')
    }
    expect([dates('Parcel tracking').sort().at(-1), dates('Returns portal').sort()[0]]).toEqual([
      '2025-11-14',
      '2025-11-17',
    ])
  })
})

describe('the time entries', () => {
  test('were last updated before today, and not before their day', () => {
    expect(timesheets.timeEntries.filter(({ updated_at }) => updated_at >= wednesday)).toEqual([])
    expect(clean.filter(({ activity_date, updated_at }) => updated_at < `${activity_date}`)).toEqual([])
  })

  test('are numbered in the order of their days', () => {
    const inIdOrder = clean.toSorted((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1))
    const dates = inIdOrder.map(({ activity_date }) => activity_date)
    expect(dates).toEqual(dates.toSorted())
  })

  test('last a multiple of 5 minutes', () => {
    const durations = clean.map(({ duration_seconds }) => duration_seconds ?? 0)
    expect(durations.filter((seconds) => seconds % 300 !== 0)).toEqual([])
    expect(Math.min(...durations)).toBeGreaterThanOrEqual(600)
  })

  test('sum to 7 to 8.5 hours on a weekday', () => {
    const sums = [...secondsByPersonDay('weekday').values()]
    expect(Math.max(...sums)).toBeLessThanOrEqual(8.5 * 3600)
    // Days with a dirty row lack it.
    expect(sums.filter((sum) => sum < 7 * 3600).length / sums.length).toBeLessThan(0.08)
  })

  test('of a weekend are shifts on call of 1 to 4 hours', () => {
    const sums = [...secondsByPersonDay('weekend').values()]
    expect(sums.length).toBeGreaterThan(10)
    expect(Math.max(...sums)).toBeLessThanOrEqual(4 * 3600)
    const kinds = new Set(clean.filter(isWeekend).map(({ stereotype_id }) => stereotype_id))
    expect([...kinds]).toEqual([kindsByCode.on_call.id])
  })

  test('of a day off are one of 8 hours, and nothing beside it', () => {
    const off = clean.filter(({ stereotype_id }) => stereotype_id === kindsByCode.pto.id)
    expect(off.length).toBeGreaterThan(100)
    for (const { user_id, activity_date, duration_seconds, value_type } of off) {
      expect([duration_seconds, value_type]).toEqual([28_800, 'NVA'])
      expect(clean.filter((row) => row.user_id === user_id && row.activity_date === activity_date)).toHaveLength(1)
    }
  })
})

describe('the dirt', () => {
  const problems = countProblems(timesheets)

  test('is one row in a hundred', () => {
    const dirty = Object.values(problems).reduce((sum, count) => sum + count, 0)
    expect(dirty / timesheets.timeEntries.length).toBeCloseTo(0.01, 3)
  })

  test.each([
    'MISSING_FIELD',
    'INVALID_TYPE',
    'INVALID_TEXT',
    'INVALID_DATE',
    'DURATION_OUT_OF_RANGE',
    'UNKNOWN_VALUE_TYPE',
    'UNKNOWN_STEREOTYPE',
    'UNKNOWN_USER',
    'UNKNOWN_PROJECT',
    'DUPLICATE_IN_BATCH',
  ])('has at least 5 rows of %s', (code) => {
    expect(problems[code]).toBeGreaterThanOrEqual(5)
  })

  test('comes in every full week', () => {
    const cleanRows = new Set(clean)
    const dirty = timesheets.timeEntries.filter((entry) => !cleanRows.has(entry))
    const weeks = new Set(dirty.map(({ updated_at }) => mondayOf(dayNumber(updated_at.slice(0, 10)))))
    expect(weeks.size).toBeGreaterThanOrEqual(51)
  })
})

describe.each(['2026-03-16', '2026-03-18', '2026-03-22'])('the waste, seen on %s,', (today) => {
  const weeks = wasteTrend(generateTimesheets({ today }))
  const thisWeek = mondayOf(dayNumber(today))
  const jumps = (since: number) => weeks.filter((week) => week.week >= thisWeek - since * 7 && zOf(week) >= 2.5)

  test('jumps for 4 people or more in the last 10 weeks, for 2 or more in the last 3 full ones', () => {
    expect(new Set(jumps(10).map(({ userId }) => userId)).size).toBeGreaterThanOrEqual(4)
    const lastFull = jumps(3).filter(({ week }) => week < thisWeek)
    expect(new Set(lastFull.map(({ userId }) => userId)).size).toBeGreaterThanOrEqual(2)
  })

  test('jumps wherever an incident was', () => {
    const incidents = [
      { weeksAgo: 45, employeeIds: [2, 5] },
      { weeksAgo: 41, employeeIds: [9, 14] },
      { weeksAgo: 33, employeeIds: [17, 21] },
      { weeksAgo: 28, employeeIds: [8, 15, 23] },
      { weeksAgo: 23, employeeIds: [4, 7] },
      { weeksAgo: 17, employeeIds: [1, 24] },
      { weeksAgo: 13, employeeIds: [16, 22] },
      { weeksAgo: 8, employeeIds: [10, 19] },
      { weeksAgo: 3, employeeIds: [6, 15] },
      { weeksAgo: 1, employeeIds: [3, 11] },
    ]
    for (const { weeksAgo, employeeIds } of incidents) {
      const hit = jumps(51).filter(({ week }) => week === thisWeek - weeksAgo * 7)
      expect(hit.map(({ userId }) => userId)).toEqual(expect.arrayContaining(employeeIds))
    }
  })

  test.each([
    ['Web', 0.02, 0.06],
    ['Mobile', -0.08, -0.02],
  ])('of %s moves over the year', (team, least, most) => {
    const id = timesheets.teams.find(({ name }) => name === team)?.id
    const stayed = timesheets.teamMembers.filter(
      ({ team_id, starts_on, ends_on }) => team_id === id && starts_on === '2025-03-24' && ends_on === null,
    )
    const ofTeam = weeks.filter(({ userId }) => stayed.some(({ employee_id }) => employee_id === userId))
    const mean = (some: PersonWeek[]) => some.reduce((sum, { ratio }) => sum + ratio, 0) / some.length
    const change =
      mean(ofTeam.filter(({ week }) => week >= thisWeek - 13 * 7)) -
      mean(ofTeam.filter(({ week }) => week < thisWeek - 38 * 7))
    expect(change).toBeGreaterThan(least)
    expect(change).toBeLessThan(most)
  })

  test('is flagged in fewer than 6 % of all person-weeks', () => {
    const flagged = weeks.filter((week) => zOf(week) >= 2)
    expect(flagged.length / weeks.length).toBeLessThan(0.06)
  })

  test('is 20 to 40 % for everybody, and moves by 2 to 4 points', () => {
    for (const id of timesheets.employees.map((employee) => employee.id)) {
      const ratios = weeks.filter(({ userId }) => userId === id).map(({ ratio }) => ratio)
      const usual = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
      expect(usual).toBeGreaterThan(0.2)
      expect(usual).toBeLessThan(0.4)
    }
    const stdDevs = weeks.flatMap(({ stdDev }) => stdDev ?? []).sort((a, b) => a - b)
    const median = stdDevs[Math.floor(stdDevs.length / 2)]
    expect(median).toBeGreaterThan(0.02)
    expect(median).toBeLessThan(0.04)
  })
})

function zOf({ zScore }: PersonWeek): number {
  return zScore ?? 0
}

function isWeekend({ activity_date }: { readonly activity_date: string | null }): boolean {
  return activity_date !== null && weekday(dayNumber(activity_date)) >= 5
}

function secondsByPersonDay(kind: 'weekday' | 'weekend'): Map<string, number> {
  const seconds = new Map<string, number>()
  for (const row of clean) {
    if (isWeekend(row) !== (kind === 'weekend')) continue
    const key = `${row.user_id} ${row.activity_date}`
    seconds.set(key, (seconds.get(key) ?? 0) + (row.duration_seconds ?? 0))
  }
  return seconds
}
