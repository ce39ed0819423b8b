import type { SourceAdapter } from '../source-adapter.ts'
import { timesheets } from './timesheets.ts'

/** Every adapter. A new one is a file here and a line here. */
export const adapters: readonly SourceAdapter[] = [timesheets]
