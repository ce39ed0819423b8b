/** Who asks, and what that allows. */

/** The later ones may more, but for ingesters, who read nothing but what became of their rows. */
export enum Role {
  VIEWER = 'viewer',
  INGESTER = 'ingester',
  OPERATOR = 'operator',
  ADMIN = 'admin',
}

export const ROLES = Object.values(Role)

/** Whose numbers a viewer sees: people who are in one of the teams today, with all of their days, and these users. */
export interface Scope {
  readonly teamIds: readonly string[]
  readonly userIds: readonly string[]
}

export interface Caller {
  readonly role: Role
  /** What people call who asks; stands in records of what was done. */
  readonly name: string
  /** Tells callers apart for good: of a key, or of an issuer's subject. */
  readonly id: string
  /** What a viewer is limited to; null: everything. */
  readonly scope: Scope | null
  /** Names of the sources that an ingester may send rows of; null: all. */
  readonly sources: readonly string[] | null
  /** Set where nobody asked who it is. */
  readonly isUnknown?: true
}

/** Somebody who may do everything. */
export function trusted(name: string): Caller {
  return { role: Role.ADMIN, name, id: name, scope: null, sources: null }
}

/** Whoever asks a service that doesn't ask who that is. */
export const ANYBODY: Caller = { ...trusted('anybody'), isUnknown: true }

/** Callers of the same may read the same, and are answered alike. */
export function sameAccess({ role, scope, sources }: Caller): string {
  if (!scope && !sources) return role
  return JSON.stringify([role, scope && [scope.teamIds, scope.userIds], sources])
}
