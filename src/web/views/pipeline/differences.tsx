/** Annotations that two versions do not make the same: those that differ most, and all of them in pages. */
import { useMemo } from 'preact/hooks'
import { useAnswer } from '../../data/use-answer.ts'
import { annotationFields, annotationSelection } from '../../model/annotation-fields.ts'
import { fullName, isDate } from '../../model/calendar.ts'
import type { PageArgs, PageInfo } from '../../model/cursor.ts'
import { differenceText, valueText } from '../../model/versions.ts'
import { Choice } from '../../parts/choice.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Shown } from '../../parts/section.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { AnnotationTypeDocument, type CompareVersionsQuery, TypedDocumentString } from '../../queries.ts'
import type { Compared } from './comparison.tsx'
import { CursorPages, LostPage, useCursor } from './cursor-pages.tsx'

const SIZE = 20

interface DifferencesProps {
  compared: Compared
  found: CompareVersionsQuery['compareVersions']
  /** Of the annotations, in the API. */
  type: string
}

/** Values by field; of subjects their names. */
type Values = Readonly<Record<string, unknown>>

interface Difference {
  columns: string[]
  base: Values | null
  candidate: Values | null
}

interface Found {
  compareVersions: {
    columns: { name: string; largest: Difference[] }[]
    differences: { totalCount: number; pageInfo: PageInfo; nodes: Difference[] }
  }
}

export function Differences({ compared, found, type }: DifferencesProps) {
  const { params, change } = useAddress()
  const names = found.columns.map(({ name }) => name)
  const fields = useAnswer(AnnotationTypeDocument, { name: type })
  const known = fields.data?.__type?.fields ? annotationFields(fields.data.__type.fields) : undefined
  const selection = known && annotationSelection(type, known, names)
  const document = useMemo(() => documentOf(type, selection ?? '... on Annotation { stage }'), [type, selection])
  const page = useCursor('differences', SIZE)
  const { stage, version: candidate, from, to, at } = compared
  const asked = useAnswer(document, known ? { stage, candidate, from, to, at, ...page } : null)
  if (fields.error) return <Shown asked={fields}>{() => null}</Shown>
  const differing = found.columns.filter(({ differing }) => differing > 0).map(({ name }) => name)
  const chosen = differing.find((name) => name === params.get('column')) ?? differing[0]
  const versions = { base: found.base, candidate: found.candidate }
  const heads = known ? headsOf([...known.subjects, ...known.dates, ...known.keys]) : []
  return (
    <>
      <Shown asked={asked} height={24}>
        {({ compareVersions: { columns, differences } }) => {
          const largest = columns.find(({ name }) => name === chosen)?.largest ?? []
          return (
            <>
              {chosen && (
                <>
                  <div class="title">
                    <h3>Where it differs most</h3>
                    <Choice
                      label="Field"
                      value={chosen}
                      options={differing.map((name) => [name, name] as const)}
                      choose={(name) => change({ column: name === differing[0] ? null : name })}
                    />
                  </div>
                  <Table
                    caption={`The largest differences of ${chosen}`}
                    isCaptionUnseen
                    rows={largest}
                    file={`largest-${chosen}`}
                    columns={[
                      ...heads,
                      ...valuesOf(chosen, versions),
                      ...(largest.some((row) => differenceOf(chosen).value(row) !== null)
                        ? [differenceOf(chosen)]
                        : []),
                    ]}
                  />
                </>
              )}
              <h3>All differences</h3>
              <Table
                caption="All annotations that are not the same"
                isCaptionUnseen
                rows={differences.nodes}
                file="differences"
                columns={[...heads, ...names.map((name) => bothOf(name, versions))]}
              />
              <CursorPages
                name="differences"
                page={differences.pageInfo}
                shown={differences.nodes.length}
                total={differences.totalCount}
                what="differences"
              />
            </>
          )
        }}
      </Shown>
      <LostPage name="differences" asked={asked} />
    </>
  )
}

/** Which fields annotations have depends on the stage, so the query is made when that is known. */
function documentOf(type: string, selection: string) {
  return new TypedDocumentString<Found, Omit<Compared, 'version'> & { candidate: number } & PageArgs>(`
query DifferencesOf${type}(
  $stage: String!, $candidate: Int!, $at: String, $from: Date!, $to: Date!
  $first: Int, $after: String, $last: Int, $before: String
) {
  compareVersions(stage: $stage, candidate: $candidate, at: $at, from: $from, to: $to) {
    columns { name largest { ...Both } }
    differences(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { ...Both }
    }
  }
}
fragment Both on VersionDifference { columns base { ${selection} } candidate { ${selection} } }`)
}

/** Whose annotation it is, and when. */
function headsOf(names: readonly string[]): Column<Difference>[] {
  return names.map((name, index) => ({
    title: titleOf(name),
    value: (difference) => textOf(difference, name),
    show: (difference) => {
      const text = textOf(difference, name)
      return isDate(text) ? fullName(text) : (text ?? '–')
    },
    isHead: index === 0,
  }))
}

/** `weekStart` is the `Week of`. */
function titleOf(name: string): string {
  const plain = name === 'user' ? 'person' : name.replace(/Start$/, ' of')
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}

function textOf({ base, candidate }: Difference, name: string): string | null {
  const value = base?.[name] ?? candidate?.[name]
  if (typeof value === 'object' && value !== null && 'name' in value) return String(value.name)
  return value === null || value === undefined ? null : String(value)
}

interface Sides {
  base: number
  candidate: number
}

function valuesOf(name: string, versions: Sides): Column<Difference>[] {
  return (['base', 'candidate'] as const).map((side) => ({
    title: `By ${versions[side]}`,
    value: (difference) => plain(difference[side]?.[name]),
    show: (difference) => (difference[side] ? valueText(name, difference[side][name]) : 'not there'),
    isNumber: true,
  }))
}

function differenceOf(name: string): Column<Difference> {
  return {
    title: 'Difference',
    value: ({ base, candidate }) => differenceText(name, base?.[name], candidate?.[name]),
    show: ({ base, candidate }) => differenceText(name, base?.[name], candidate?.[name]) ?? '–',
    isNumber: true,
  }
}

/** A field by both in one column: what is the same is said once. */
function bothOf(name: string, { base, candidate }: Sides): Column<Difference> {
  return {
    title: name,
    value: (row) => {
      const [first, second] = [row.base?.[name], row.candidate?.[name]].map((value) => String(plain(value) ?? ''))
      return first === second ? first : `${first} → ${second}`
    },
    show: (row) => {
      if (!row.base) return `${valueText(name, row.candidate?.[name])} (only by ${candidate})`
      if (!row.candidate) return `${valueText(name, row.base[name])} (only by ${base})`
      const [first, second] = [valueText(name, row.base[name]), valueText(name, row.candidate[name])]
      if (!row.columns.includes(name)) return <span class="quiet">{first}</span>
      return `${first} → ${second}`
    },
    isNumber: true,
  }
}

function plain(value: unknown): string | number | boolean | null {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value
  return null
}
