import { edit } from './edit.mjs'
import { firstComputation } from './first-computation.mjs'
import { ingest } from './ingest.mjs'
import { nvaSummary } from './nva-summary.mjs'
import { pageCase } from './page.mjs'
import { pull } from './pull.mjs'
import { reingest } from './reingest.mjs'
import { rest } from './rest.mjs'
import { stageAlone } from './stage-alone.mjs'

/** Every case, in the order of the table. */
export const cases = [
  ingest,
  reingest,
  pull,
  pageCase('page-100', 100, { route: 0.5, postgraphile: 3, mercurius: 1, plain: 3 }),
  pageCase('page-1', 1, { route: 0.4, postgraphile: 3, mercurius: 1, plain: 1.3 }),
  edit,
  firstComputation,
  nvaSummary,
  stageAlone,
  rest,
]
