import type { Employee } from './rows.ts'

/** A trade in the company: what people of it spend their time on. */
export type Trade = 'developer' | 'lead' | 'tester' | 'supporter'

/** The name of a team. */
export type TeamName = 'Web' | 'Mobile' | 'Platform' | 'Customer Care'

/** Somebody's weeks in a team, both included, in weeks before that of today; without a bound since ever, or still. */
export interface Stay {
  readonly team: TeamName
  readonly from?: number
  readonly to?: number
}

/** An employee as the generator knows them; the table has neither trade nor stays. */
export interface Person extends Employee {
  readonly trade: Trade
  readonly stays: readonly Stay[]
}

const rows: readonly (readonly [fullName: string, trade: Trade, ...stays: Stay[]])[] = [
  ['Amara Okonkwo-Reyes', 'lead', { team: 'Web' }],
  ['Jonas Vestergren', 'developer', { team: 'Web' }],
  ['Mei-Lin Castellanos', 'developer', { team: 'Web' }],
  ['Tobias Achterkamp', 'developer', { team: 'Web' }],
  ['Priya Sundarayan', 'tester', { team: 'Web' }],
  ['Luca Bramantini', 'developer', { team: 'Mobile' }],
  ['Fatoumata Diarrasso', 'developer', { team: 'Web' }],
  ['Ewan Kilbrannan', 'supporter', { team: 'Customer Care' }],
  ['Noor el-Hadidi', 'developer', { team: 'Mobile' }],
  ['Katarzyna Wolinska', 'lead', { team: 'Mobile' }],
  ['Hiroto Minakami', 'developer', { team: 'Web' }],
  ['Siobhan Mac Carra', 'tester', { team: 'Mobile' }],
  // Left.
  ['Rafael Quintães', 'developer', { team: 'Mobile', to: 15 }],
  ['Ingrid Haugseth', 'developer', { team: 'Mobile' }],
  ['Dele Adebanwo', 'supporter', { team: 'Customer Care' }],
  ['Yael Ben-Tovim', 'developer', { team: 'Platform' }],
  ['Matti Kuusilampi', 'developer', { team: 'Platform' }],
  ['Zeynep Aydoğmuş', 'tester', { team: 'Platform' }],
  ['Óscar Ibarrola', 'developer', { team: 'Mobile' }],
  // Joined.
  ['Linh Đặng', 'developer', { team: 'Platform', from: 24 }],
  ['Camille Roquefeuille', 'lead', { team: 'Platform' }],
  ['Arjun Malhorkar', 'developer', { team: 'Platform' }],
  ['Tane Rangihuna', 'supporter', { team: 'Customer Care' }],
  // Changed teams.
  ['Milena Petrovska', 'developer', { team: 'Platform', to: 21 }, { team: 'Web', from: 20 }],
  ["Sean O'Dwyer-Banks", 'tester', { team: 'Web' }],
]

/** The company of 25. */
export const people: readonly Person[] = rows.map(([full_name, trade, ...stays], index) => {
  return { id: index + 1, full_name, trade, stays }
})

/** The team that somebody was in in a week; undefined while they weren't with the company. */
export function teamOf({ stays }: Person, weeksAgo: number): TeamName | undefined {
  return stays.find(({ from = Number.POSITIVE_INFINITY, to = 0 }) => weeksAgo <= from && weeksAgo >= to)?.team
}
