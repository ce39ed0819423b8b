/** A page is of annotations, and slices may have many or none: they are read until the page is full. */
import type { Window } from '../../model/window.ts'
import type { Annotation } from '../../periods/annotation.ts'
import { propertyOf, type StageAsked } from '../slices/stage-table.ts'

/** Where an annotation stands among those of its stage: the values of its table's key, in the key's order. */
export type AnnotationPlace = readonly (string | number)[]

export interface AnnotationPage {
  /** Where the page begins; of one that goes backward, what comes after its end. */
  after: AnnotationPlace | null
  limit: number
  backward?: boolean
}

/** So many slices are read at a time, if the page has no room for more. */
const MOST_SLICES = 1_000

/**
 * As many annotations as the page has room for, of slices that are read as they come: in the page's own direction.
 * @param seen How many of the slices were read before, and are read again in one go; told how far it comes.
 */
export async function readAnnotationsPage(
  asked: StageAsked,
  { after, limit, backward = false }: AnnotationPage,
  slicesAfter: (place: Window | null, limit: number) => Promise<Window[]>,
  annotationsOf: (slices: readonly Window[]) => Promise<Annotation[]>,
  seen: { slices: number } = { slices: 0 },
): Promise<Annotation[]> {
  const found: Annotation[] = []
  const annotationsIn = async (slices: readonly Window[]) => {
    const annotations = await annotationsOf(slices)
    return backward ? [...annotations].reverse() : annotations
  }
  const isLeft = (annotation: Annotation) => {
    const order = after ? compare(placeOf(asked, annotation), after) : 0
    return backward ? order < 0 : order > 0
  }
  let last = after && sliceAt(asked, after)
  // What is left of the slice in which the page before ended.
  if (last && hasMany(asked)) {
    found.push(...(await annotationsIn([last])).filter(isLeft))
  }
  // Many in a row may have none, as their activities are gone: so each time more of them are looked at.
  let read = 0
  for (let most = Math.max(seen.slices, 1); found.length < limit; most = Math.min(3 * read, MOST_SLICES)) {
    const count = Math.max(limit - found.length, most)
    const slices = await slicesAfter(last, count)
    read += slices.length
    seen.slices = Math.max(seen.slices, read)
    if (slices.length > 0) found.push(...(await annotationsIn(slices)))
    if (slices.length < count) break
    last = slices.at(-1) ?? null
  }
  return found.slice(0, limit)
}

export function placeOf({ table }: StageAsked, annotation: Annotation): AnnotationPlace {
  return table.keys.map((key) => annotation[propertyOf(table, key) as keyof Annotation] as unknown as string)
}

/** The slice of which an annotation in that place is. */
export function sliceAt({ stage: { period }, table }: StageAsked, place: AnnotationPlace): Window {
  const [subjectId, from = '', to = from] = [table.subject, ...table.period].map((key) =>
    String(place[table.keys.indexOf(key)]),
  )
  return { subjectId: String(subjectId), from, to: period.kind === 'calendar' ? period.endOf(from) : to }
}

/** Whether a slice can have several annotations. */
function hasMany({ table }: StageAsked): boolean {
  return table.keys.length > 1 + table.period.length
}

function compare(place: AnnotationPlace, other: AnnotationPlace): number {
  const i = place.findIndex((value, i) => value !== other[i])
  if (i < 0) return 0
  return (place[i] as string) > (other[i] as string) ? 1 : -1
}
