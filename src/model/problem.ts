/** Why the ACL refused a row. The codes are stable: clients filter by them. */
export enum ProblemCode {
  MISSING_FIELD = 'MISSING_FIELD',
  INVALID_TYPE = 'INVALID_TYPE',
  INVALID_TEXT = 'INVALID_TEXT',
  INVALID_DATE = 'INVALID_DATE',
  INVALID_TIME = 'INVALID_TIME',
  DURATION_OUT_OF_RANGE = 'DURATION_OUT_OF_RANGE',
  UNKNOWN_VALUE_TYPE = 'UNKNOWN_VALUE_TYPE',
  UNKNOWN_STEREOTYPE = 'UNKNOWN_STEREOTYPE',
  UNKNOWN_USER = 'UNKNOWN_USER',
  UNKNOWN_PROJECT = 'UNKNOWN_PROJECT',
  /** Of rows refused by earlier versions: of several rows with one id the newest counts now. */
  DUPLICATE_IN_BATCH = 'DUPLICATE_IN_BATCH',
  TOO_DEEP = 'TOO_DEEP',
  MALFORMED_ROW = 'MALFORMED_ROW',
}

/** One thing that is wrong with a row; `field` is the source's own column name. */
export interface Problem {
  code: ProblemCode
  field: string | null
  message: string
}
