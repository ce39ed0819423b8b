import type { Employee } from './rows.ts'

/** A trade in the team: what people of it spend their time on. */
export type Trade = 'developer' | 'lead' | 'tester' | 'supporter'

/** An employee as the generator knows them; the table has no trade. */
export interface Person extends Employee {
  readonly trade: Trade
}

const names: readonly (readonly [fullName: string, trade: Trade])[] = [
  ['Amara Okonkwo-Reyes', 'lead'],
  ['Jonas Vestergren', 'developer'],
  ['Mei-Lin Castellanos', 'developer'],
  ['Tobias Achterkamp', 'developer'],
  ['Priya Sundarayan', 'tester'],
  ['Luca Bramantini', 'developer'],
  ['Fatoumata Diarrasso', 'developer'],
  ['Ewan Kilbrannan', 'supporter'],
  ['Noor el-Hadidi', 'developer'],
  ['Katarzyna Wolinska', 'lead'],
  ['Hiroto Minakami', 'developer'],
  ['Siobhan Mac Carra', 'tester'],
  ['Rafael Quintães', 'developer'],
  ['Ingrid Haugseth', 'developer'],
  ['Dele Adebanwo', 'supporter'],
  ['Yael Ben-Tovim', 'developer'],
  ['Matti Kuusilampi', 'developer'],
  ['Zeynep Aydoğmuş', 'tester'],
  ['Óscar Ibarrola', 'developer'],
  ['Linh Đặng', 'developer'],
  ['Camille Roquefeuille', 'lead'],
  ['Arjun Malhorkar', 'developer'],
  ['Tane Rangihuna', 'supporter'],
  ['Milena Petrovska', 'developer'],
  ["Sean O'Dwyer-Banks", 'tester'],
]

/** The team of 25. */
export const people: readonly Person[] = names.map(([full_name, trade], index) => ({ id: index + 1, full_name, trade }))
