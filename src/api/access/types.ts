/** Which types tell of what: where it goes on from a field of a root, to other people's numbers or beyond what a caller sends in. */

/** What became of the rows that somebody sent in. */
const OF_INTAKE = [
  ...['Caller', 'IngestReport', 'IngestWarning', 'Source', 'PageInfo'],
  ...['QuarantinedRowConnection', 'QuarantinedRowEdge', 'QuarantinedRow', 'RowProblem'],
]

/** What is computed of more people than a limited viewer may see, or counts and quotes the rows of everybody. */
export const OF_EVERYBODY = [
  ...['IngestReport', 'KeptRowConnection', 'KeptRowEdge', 'KeptRow', 'QuarantinedRowConnection', 'QuarantinedRow'],
  ...['ProjectSummary', 'ProjectSummaryConnection', 'ProjectSummaryEdge', 'ProjectSummaryGroup'],
  ...[
    'StageCounts',
    'Receipt',
    'Erasure',
    'StagePromotion',
    'VersionComparison',
    'PromotionPlan',
    'ValueRulesPreview',
    'DeadLetter',
  ],
]

/** The same of single fields: how much is stored, and annotations of whatever stage, of projects too. */
const FIELDS_OF_EVERYBODY = [
  ...['StageVersion.stored', 'Activity.annotations'],
  ...['inserted', 'updated', 'deleted', 'batchId'].map((field) => `ActivitiesIngested.${field}`),
]

/** @param field As `Type.field`, with `:Type` behind it where it leads to fields of another type. */
export function isForIngesters(field: string): boolean {
  return typesOf(field).every((type) => OF_INTAKE.includes(type))
}

/** @param field As `Type.field`, with `:Type` behind it where it leads to fields of another type. */
export function isForLimitedViewers(field: string): boolean {
  return (
    !typesOf(field).some((type) => OF_EVERYBODY.includes(type)) &&
    !FIELDS_OF_EVERYBODY.some((own) => field.startsWith(own))
  )
}

function typesOf(field: string): string[] {
  const [path = '', ...type] = field.split(':')
  return [path.split('.')[0] ?? '', ...type]
}
