/** What annotations of a stage have, as the API says of itself: so a new stage is shown without a change here. */

interface FieldType {
  kind: string
  name?: string | null
  fields?: readonly { name: string }[] | null
  ofType?: FieldType | null
}

export interface Field {
  name: string
  type: FieldType
}

export interface AnnotationFields {
  /** Of whom: objects with a name, such as the user. */
  subjects: readonly string[]
  /** Of when: dates. */
  dates: readonly string[]
  /** What else tells one from another, such as the id of a stereotype. */
  keys: readonly string[]
}

const NAME = /^[_A-Za-z]\w*$/

export function annotationFields(fields: readonly Field[]): AnnotationFields {
  const named = fields
    .filter(({ name }) => NAME.test(name))
    .map(({ name, type }) => ({ name, type: withoutNull(type) }))
  const names = (is: (type: FieldType) => boolean) => named.filter(({ type }) => is(type)).map(({ name }) => name)
  return {
    subjects: names(({ kind, fields }) => kind === 'OBJECT' && (fields ?? []).some(({ name }) => name === 'name')),
    dates: names(({ name }) => name === 'Date'),
    keys: names(({ name }) => name === 'ID'),
  }
}

function withoutNull(type: FieldType): FieldType {
  return type.kind === 'NON_NULL' && type.ofType ? type.ofType : type
}

/** The fields of a query that tell an annotation of this type from others, and give its values. */
export function annotationSelection(type: string, fields: AnnotationFields, columns: readonly string[]): string {
  const parts = [
    '__typename',
    ...fields.subjects.map((name) => `${name} { name }`),
    ...fields.dates,
    ...fields.keys,
    ...columns.filter((name) => NAME.test(name) && !fields.keys.includes(name) && !fields.dates.includes(name)),
  ]
  return `... on ${type} { ${[...new Set(parts)].join(' ')} }`
}
