/** Errors cross the wire by their codes: nothing else of them is the same in two processes. */
import { StageOutputError, SteelthreadError } from '../../model/errors.ts'
import type { Window } from '../../model/window.ts'

/** An error as another process tells it. */
export interface WireError {
  code: string
  message: string
  details: Record<string, unknown>
}

/** What isn't an error that a user can act on. */
const INTERNAL = 'INTERNAL'

/** Those that pass by themselves: what was asked is safe to ask again. */
const PASSING = new Set([
  'UNAVAILABLE',
  'BUSY',
  'CANCELLED',
  'NO_WORKER',
  'BROKER_UNAVAILABLE',
  'STAGE_VERSION_UNKNOWN',
])

/** An error of another process, of whatever class it is there. */
export class RemoteError extends SteelthreadError {
  readonly code: string

  constructor({ code, message, details }: WireError) {
    super(message, details)
    this.code = code
    if (PASSING.has(code)) Object.assign(this, { extensions: { http: { status: 503 } } })
  }
}

export function toWire(error: unknown): WireError {
  if (error instanceof StageOutputError) {
    return { code: error.code, message: error.message, details: { ...error.details, slices: error.slices } }
  }
  if (error instanceof SteelthreadError) return { code: error.code, message: error.message, details: error.details }
  return { code: INTERNAL, message: error instanceof Error ? error.message : String(error), details: {} }
}

export function fromWire(error: WireError): Error {
  if (error.code === INTERNAL) return new Error(error.message)
  if (!Array.isArray(error.details.slices)) return new RemoteError(error)
  const { slices, ...details } = error.details
  const failed = new StageOutputError(error.message, details)
  failed.slices = slices as Window[]
  return failed
}
