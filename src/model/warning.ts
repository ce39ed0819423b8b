/** What a pull warns of. The codes are stable. */
export enum WarningCode {
  /** Rows are stamped with a time that has not come yet; every pull reads them again. */
  FUTURE_CHANGE = 'FUTURE_CHANGE',
  /** The newest row is older than what was pulled before: rows were deleted, or an older state was restored. */
  NEWEST_GONE = 'NEWEST_GONE',
  /** A user, stereotype or sprint can't be used as it is. */
  REFERENCE_UNUSABLE = 'REFERENCE_UNUSABLE',
  /** Rows have no usable key: what a source no longer has isn't known, and nothing was removed. */
  KEYS_UNREADABLE = 'KEYS_UNREADABLE',
  /** A source no longer has most of what was pulled of it: nothing was removed. */
  MOST_GONE = 'MOST_GONE',
  /** Rules name kinds, and there are others: whether those add value nobody said. */
  KIND_UNNAMED = 'KIND_UNNAMED',
  /** What adds value is decided by other rules than before: everything was read again. */
  RULES_CHANGED = 'RULES_CHANGED',
}

/** Something odd about a source that stops nothing. */
export interface Warning {
  code: WarningCode
  message: string
}
