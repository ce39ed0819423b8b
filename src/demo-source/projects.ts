import type { TeamName } from './people.ts'
import type { Project } from './rows.ts'

/** What time can be booked for, by code. */
export const projectsByCode = {
  web_shop: { id: 1, name: 'Web shop relaunch', client: 'Halvorsen Outdoor' },
  parcel_tracking: { id: 2, name: 'Parcel tracking', client: 'Brightwater Logistics' },
  returns_portal: { id: 3, name: 'Returns portal', client: 'Brightwater Logistics' },
  loyalty_app: { id: 4, name: 'Loyalty app', client: 'Montrose Coffee' },
  build_platform: { id: 5, name: 'Build platform', client: null },
  service_desk: { id: 6, name: 'Service desk', client: null },
} as const satisfies Record<string, Project>

/** The code of a project. */
export type ProjectCode = keyof typeof projectsByCode

/** All codes, in the order of their projects' ids. */
export const projectCodes = Object.keys(projectsByCode) as readonly ProjectCode[]

/** How often time goes to each project. */
export type ProjectWeights = Readonly<Partial<Record<ProjectCode, number>>>

const weightsOf: Readonly<Record<TeamName, ProjectWeights>> = {
  Web: { web_shop: 50, parcel_tracking: 35, returns_portal: 35, build_platform: 10, service_desk: 5 },
  Mobile: { loyalty_app: 70, web_shop: 15, build_platform: 10, service_desk: 5 },
  Platform: { build_platform: 65, web_shop: 15, loyalty_app: 10, parcel_tracking: 10, returns_portal: 10 },
  'Customer Care': { service_desk: 60, web_shop: 15, loyalty_app: 15, parcel_tracking: 10, returns_portal: 10 },
}

/** The last week in which time was booked for parcel tracking; the returns portal came after it. */
const lastOfParcels = 18

/** What a team's time went to in a week. */
export function projectsOf(team: TeamName, weeksAgo: number): ProjectWeights {
  const closed: ProjectCode = weeksAgo < lastOfParcels ? 'parcel_tracking' : 'returns_portal'
  return { ...weightsOf[team], [closed]: 0 }
}
