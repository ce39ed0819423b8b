/** What callers are held to beyond what one request may ask for. */
import { Role } from './caller.ts'

/** What callers may ask for in a minute, in points, by the variable that sets it. */
export interface Quota {
  setting: string
  perMinute: number
}

/** By the role of a caller; null: as much as they want. */
export type QuotaSettings = Readonly<Record<Role, Quota | null>>

/**
 * Where it is asked who asks. A point is a value of an answer, a person-period that is looked at, or 100 bytes of a request:
 * a viewer may have the largest answer 20 times a minute, or a page of 100 activities 200 times a second.
 */
export const DEFAULT_QUOTAS: Readonly<Record<Role, number>> = {
  [Role.VIEWER]: 20_000_000,
  [Role.INGESTER]: 20_000_000,
  [Role.OPERATOR]: 60_000_000,
  [Role.ADMIN]: 60_000_000,
}

/** The documents that are run, and of whom no others are. */
export interface TrustedDocumentSettings {
  /** Texts by the names under which clients ask for them. */
  documents: ReadonlyMap<string, string>
  held: readonly Role[]
}

export interface Restrictions {
  quotas: QuotaSettings
  /** Whether nobody is told what the schema has. */
  hidesSchema: boolean
  /** Null: whatever is sent is run. */
  trusted: TrustedDocumentSettings | null
}

export const UNRESTRICTED: Restrictions = {
  quotas: { [Role.VIEWER]: null, [Role.INGESTER]: null, [Role.OPERATOR]: null, [Role.ADMIN]: null },
  hidesSchema: false,
  trusted: null,
}
