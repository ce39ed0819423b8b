import type { StageDefinition } from './define-stage.ts'
import { monthSummary } from './month-summary.ts'
import { nvaSummary } from './nva-summary.ts'
import { projectSummary } from './project-summary.ts'
import { sprintSummary } from './sprint-summary.ts'
import { StageVersions } from './stage-versions.ts'
import { stereotypeSummary } from './stereotype-summary.ts'
import { timeSplit } from './time-split.ts'
import { wasteTrend } from './waste-trend.ts'
import { wasteTrendV2 } from './waste-trend.v2.ts'

/**
 * Every stage, in the order in which they run. A new stage is a file here, a line here, and a migration. A candidate, another
 * version of a stage that is tried out beside it, is a file `<stage>.v<version>.ts` and a line behind that of the stage.
 */
export const stages: readonly StageDefinition[] = [
  timeSplit,
  nvaSummary,
  wasteTrend,
  sprintSummary,
  monthSummary,
  projectSummary,
  stereotypeSummary,
]

/** The same with a candidate to look at and to promote, for whoever tries the service with the demo source. */
export const demoStages: readonly StageDefinition[] = stages.flatMap((stage) =>
  stage === wasteTrend ? [stage, wasteTrendV2] : [stage],
)

/** The same without candidates: what the API and tables are made of. */
export const ownStages: readonly StageDefinition[] = new StageVersions(stages).own
