/** Whether an activity added value, in the domain's own words. */
export enum ActivityType {
  VALUE_ADD = 'VALUE_ADD',
  NON_VALUE_ADD = 'NON_VALUE_ADD',
}

/** Whether a stereotype's code says that people were off: that is neither waste nor work. */
export function isPto(code: string): boolean {
  return code.toLowerCase() === 'pto'
}

/** What an adapter makes of a good source row: the domain's words and units, with the source's own keys. */
export interface ActivityRecord {
  /** Not given where the source's rows have no keys of their own. */
  externalId?: string
  /** ISO date. */
  date: string
  /** Whole seconds, 0 to 86,400. */
  durationSeconds: number
  /** Where the source says it of each row; else it follows from the source's rules. */
  type?: ActivityType
  /** Whether somebody is billed for it; not given, or null: the source doesn't say. */
  billable?: boolean | null
  stereotypeKey: string
  userKey: string
  /** Not given, or null: it has no project. */
  projectKey?: string | null
}

export interface UserRecord {
  externalId: string
  name: string
}

export interface StereotypeRecord {
  externalId: string
  code: string
  name: string
}

export interface ProjectRecord {
  externalId: string
  name: string
  client: string | null
}

/** Both dates belong to the sprint. */
export interface SprintRecord {
  externalId: string
  name: string
  startDate: string
  endDate: string
}
