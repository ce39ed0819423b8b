import { type GraphQLObjectType, getNamedType, isCompositeType, isObjectType } from 'graphql'
import { rulesOfRoots } from '../../../src/api/access/access-check.ts'
import { RULES } from '../../../src/api/access/rules.ts'
import { OF_EVERYBODY } from '../../../src/api/access/types.ts'
import { apiSchema } from '../../../src/api/schema.ts'

const schema = await apiSchema()
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
  (root): root is GraphQLObjectType => root != null,
)

test('every field of every root says who may ask for it', () => {
  const rules = rulesOfRoots()
  const fields = roots.flatMap((root) => Object.keys(root.getFields()).map((field) => `${root.name}.${field}`))
  expect(fields.length).toBeGreaterThan(70)
  expect(fields.filter((field) => !rules.get(field)?.length)).toEqual([])
  expect([...rules.values()].flat().filter((rule) => !(rule in RULES))).toEqual([])
})

test('whatever changes something is for more than viewers', () => {
  const rules = rulesOfRoots()
  const fields = Object.keys(schema.getMutationType()?.getFields() ?? {})
  const open = fields.filter((field) =>
    rules.get(`Mutation.${field}`)?.some((rule) => ['anybody', 'read', 'readAll'].includes(rule)),
  )
  expect(open).toEqual([])
})

/** Types whose numbers follow from rows that were seen, so that what is read of them keeps to a scope. */
const KEPT_TO_A_SCOPE = [
  ...['Activity', 'ActivityConnection', 'ActivityEdge', 'ActivityState', 'ApiKey', 'Caller', 'ChangeExplanation'],
  ...['ChangePart', 'ChangeRest', 'ChangeSide', 'Completeness', 'Contribution', 'ContributionConnection'],
  ...['ContributionEdge', 'Edit', 'EditConnection', 'EditEdge', 'EditSum', 'EditedActivity', 'Freshness'],
  ...['MonthSummary', 'MonthSummaryConnection', 'MonthSummaryEdge', 'MonthSummaryGroup', 'NvaSummary'],
  ...['NvaSummaryConnection', 'NvaSummaryEdge', 'NvaSummaryGroup', 'PageInfo', 'Project', 'ProjectConnection'],
  ...['ProjectEdge', 'Provenance', 'ProvenanceRead', 'Source', 'Sprint', 'SprintConnection', 'SprintEdge'],
  ...['SprintSummary', 'SprintSummaryConnection', 'SprintSummaryEdge', 'Stage', 'StageVersion', 'StaleCause'],
  ...['Stereotype', 'StereotypeConnection', 'StereotypeEdge', 'StereotypeSummary', 'StereotypeSummaryConnection'],
  ...['StereotypeSummaryEdge', 'StereotypeSummaryGroup', 'StereotypeWaste', 'Team', 'TeamConnection', 'TeamEdge'],
  ...['TeamMember', 'TimeAt', 'TimeSplit', 'TimeSplitConnection', 'TimeSplitEdge', 'TimeSplitGroup', 'TimeSums'],
  ...['TimesComparison', 'TouchedWindow', 'TouchedWindows', 'User', 'UserConnection', 'UserEdge', 'WasteConnection'],
  ...['WasteEdge', 'WasteGroup', 'WasteTrend', 'WasteTrendConnection', 'WasteTrendEdge'],
  // Of a subscription: what is filtered of it, see the fields.
  ...['SlicesRefreshed', 'ActivitiesIngested', 'StagePromoted'],
]

test('of every type that a limited viewer can come to, somebody has thought', () => {
  const rules = rulesOfRoots()
  const reached = new Set<string>()
  const reach = (type: GraphQLObjectType) => {
    if (reached.has(type.name) || OF_EVERYBODY.includes(type.name)) return
    reached.add(type.name)
    for (const field of Object.values(type.getFields())) visit(field.type)
  }
  const visit = (given: Parameters<typeof getNamedType>[0]) => {
    const type = getNamedType(given)
    if (isObjectType(type)) reach(type)
    // What an interface leads to is asked for by fragments on its types.
    else if (type && isCompositeType(type)) for (const own of schema.getPossibleTypes(type)) reach(own)
  }
  for (const root of roots) {
    for (const field of Object.values(root.getFields())) {
      if (rules.get(`${root.name}.${field.name}`)?.some((rule) => rule === 'read' || rule === 'anybody'))
        visit(field.type)
    }
  }
  expect([...reached].filter((type) => !KEPT_TO_A_SCOPE.includes(type))).toEqual([])
})
