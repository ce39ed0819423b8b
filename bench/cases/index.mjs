import { edit } from './edit.mjs'
import { firstComputation } from './first-computation.mjs'
import { herd } from './herd.mjs'
import { ingest } from './ingest.mjs'
import { nvaSummary } from './nva-summary.mjs'
import { pageCase } from './page.mjs'
import { pull } from './pull.mjs'
import { reingest } from './reingest.mjs'
import { rest } from './rest.mjs'
import { stageAlone } from './stage-alone.mjs'
import { workers } from './workers.mjs'

/** Every case, in the order of the table. */
export const cases = [
  ingest,
  reingest,
  pull,
  pageCase({
    name: 'page-100',
    what: 'warm page of 100 activities',
    first: 100,
    least: { route: 0.8, postgraphile: 1.6, mercurius: 1, plain: 3 },
  }),
  pageCase({
    name: 'page-1',
    what: 'warm page of 1 activity',
    first: 1,
    least: { route: 0.5, postgraphile: 1.5, mercurius: 1, plain: 1.3 },
  }),
  pageCase({
    name: 'page-again',
    what: 'the same page of 100 activities again and again, nothing changed',
    first: 100,
    again: true,
    least: { route: 1.5 },
  }),
  pageCase({
    name: 'ordinary',
    what: 'warm page of 100 activities with a field whose resolver must run for each',
    first: 100,
    fields: 'annotations(stages: ["time_split"]) { stage version }',
    least: { plain: 2 },
  }),
  edit,
  herd,
  firstComputation,
  workers,
  nvaSummary,
  stageAlone,
  rest,
]
