import { IsOptional, Max, Min } from 'class-validator'
import { ArgsType, Field, Int } from 'type-graphql'
import { validate as isUuid } from 'uuid'
import { FIRST_DATE, isIsoDate, LAST_DATE } from '../model/calendar.ts'
import { BadInputError } from '../model/errors.ts'
import { quoted } from '../model/excerpts.ts'
import type { Connection, PageInfo } from './connections.ts'
import type { CostArgs } from './cost.ts'

const DEFAULT_PAGE = 50
export const LARGEST_PAGE = 1_000

/** Pages in both directions: `first` after `after`, or `last` before `before`. */
@ArgsType()
export class Page {
  @Field(() => Int, { nullable: true, description: 'How many, from the start; 50 unless told, at most 1000.' })
  @IsOptional()
  @Min(0)
  @Max(LARGEST_PAGE)
  first?: number | null

  @Field(() => String, { nullable: true, description: "A page's endCursor: only what comes after it." })
  after?: string | null

  @Field(() => Int, { nullable: true, description: 'How many, from the end; at most 1000.' })
  @IsOptional()
  @Min(0)
  @Max(LARGEST_PAGE)
  last?: number | null

  @Field(() => String, { nullable: true, description: "A page's startCursor: only what comes before it." })
  before?: string | null
}

/** What a page asks of a list: `limit` nodes after `after`, in the list's order or against it. */
export interface PlaceQuery {
  limit: number
  after: string | null
  backward: boolean
}

/** How many a page holds at most. */
export function pageSize({ first, last }: CostArgs): number {
  return Math.max(0, first ?? last ?? DEFAULT_PAGE)
}

/** Whether a page is one that is answered: a size that is not refused. */
export function isPageSize(size: number | null | undefined): boolean {
  return size === null || size === undefined || (0 <= size && size <= LARGEST_PAGE)
}

/** @throws BadInputError where both directions are asked for. */
export function placeOf({ first = null, after = null, last = null, before = null }: Page): PlaceQuery {
  if (last === null && before === null) return { limit: first ?? DEFAULT_PAGE, after, backward: false }
  if (first !== null || after !== null) {
    throw new BadInputError('last', 'A page goes forward by first and after or backward by last and before, not both.')
  }
  return { limit: last ?? DEFAULT_PAGE, after: before, backward: true }
}

/**
 * The page out of up to `limit + 1` nodes, which were read in the page's own direction; the one too many says that
 * there are more.
 */
export function connectionOf<Node>(
  place: PlaceQuery,
  found: readonly Node[],
  totalCount: number,
  cursorOf: (node: Node) => string,
): Connection<Node> {
  const { limit, backward } = place
  const hasMore = found.length > limit
  const nodes = found.slice(0, limit)
  if (backward) nodes.reverse()
  const cursorAt = (index: number) => {
    const node = nodes.at(index)
    return node === undefined ? null : cursorOf(node)
  }
  // Cursors are made where a query asks for them.
  return {
    get edges() {
      return nodes.map((node) => ({ cursor: cursorOf(node), node }))
    },
    nodes,
    pageInfo: pageInfoOf(place, hasMore, cursorAt),
    totalCount,
  }
}

/** @param cursorAt The cursor of the page's first node, at 0, or of its last, at -1; null where there is none. */
export function pageInfoOf(
  { after, backward }: PlaceQuery,
  hasMore: boolean,
  cursorAt: (index: 0 | -1) => string | null,
): PageInfo {
  return {
    hasNextPage: backward ? after !== null : hasMore,
    hasPreviousPage: backward ? hasMore : after !== null,
    get startCursor() {
      return cursorAt(0)
    },
    get endCursor() {
      return cursorAt(-1)
    },
  }
}

/** A cursor: opaque to clients, and good only for the list and order that it came from. */
export function encodeCursor(list: string, ...place: (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url')
}

/** SQL for the same cursor, of SQL for the parts of its place as they are in JSON. */
export function cursorSql(list: string, ...place: string[]): string {
  const json = `'["${list}",' || ${place.join(` || ',' || `)} || ']'`
  return `translate(encode(convert_to(${json}, 'UTF8'), 'base64'), E'+/=\\n', '-_')`
}

/** What the parts of a list's places are. */
export type PlacePart = 'text' | 'number' | 'count' | 'date' | 'id'

const IS_PART: Readonly<Record<PlacePart, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  count: (value) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  date: (value) => typeof value === 'string' && isIsoDate(value) && FIRST_DATE <= value && value <= LAST_DATE,
  id: (value) => typeof value === 'string' && isUuid(value),
}

/** What the values of a key are in a cursor, by the types of their columns. */
export function partsOf(key: readonly { type: string }[]): PlacePart[] {
  return key.map(({ type }) => PARTS[type] ?? 'text')
}

const PARTS: Readonly<Record<string, PlacePart>> = {
  uuid: 'id',
  date: 'date',
  smallint: 'count',
  integer: 'count',
  bigint: 'number',
  'double precision': 'number',
  real: 'number',
}

/** The place of a page's cursor, or null where it has none. @throws BadInputError where that is none of this list. */
export function cursorIn(list: string, { after, backward }: PlaceQuery, ...parts: PlacePart[]) {
  return after === null ? null : decodeCursor(list, backward ? 'before' : 'after', after, ...parts)
}

/** The same of a list whose places are ids. */
export function idAfter(list: string, place: PlaceQuery): string | null {
  const after = cursorIn(list, place, 'id')
  return after && String(after[0])
}

/** @throws BadInputError where the cursor isn't one of this list, whose places have these parts. */
export function decodeCursor(
  list: string,
  argument: string,
  cursor: string,
  ...parts: PlacePart[]
): (string | number)[] {
  try {
    const [of, ...place]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const isPlace = place.length === parts.length && parts.every((part, i) => IS_PART[part](place[i]))
    if (of === list && isPlace) return place as (string | number)[]
  } catch {
    // Falls through to the one error for all that is no cursor.
  }
  throw new BadInputError(
    argument,
    `${argument} must be a cursor out of this list, in the same order; ${quoted(cursor)} is none.`,
  )
}
