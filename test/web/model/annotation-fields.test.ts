import { readFileSync } from 'node:fs'
import { buildSchema, graphqlSync, isInterfaceType, parse, validate } from 'graphql'
import { annotationFields, annotationSelection } from '../../../src/web/model/annotation-fields.ts'

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'))
const ASKED = `query ($name: String!) { __type(name: $name) { fields {
  name type { kind name fields { name } ofType { kind name fields { name } } } } } }`

function fieldsOf(name: string) {
  const { data } = graphqlSync({ schema, source: ASKED, variableValues: { name } })
  return annotationFields(JSON.parse(JSON.stringify(data)).__type.fields)
}

test('of each annotation it is known whose it is, and of when', () => {
  expect(fieldsOf('WasteTrend')).toEqual({ subjects: ['user'], dates: ['weekStart'], keys: [] })
  expect(fieldsOf('SprintSummary')).toEqual({ subjects: ['user', 'sprint'], dates: [], keys: [] })
  expect(fieldsOf('StereotypeSummary')).toEqual({ subjects: ['user'], dates: ['monthStart'], keys: ['stereotypeId'] })
})

test('every kind of annotation can be asked for by that', () => {
  const annotation = schema.getType('Annotation')
  const names = isInterfaceType(annotation) ? schema.getPossibleTypes(annotation).map(({ name }) => name) : []
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) {
    const selection = annotationSelection(name, fieldsOf(name), ['stage', 'no name'])
    const query = `{ compareVersions(stage: "a", candidate: 2, from: "2026-01-01", to: "2026-01-02") {
      differences { nodes { base { ${selection} } } } } }`
    expect(validate(schema, parse(query))).toEqual([])
  }
})
