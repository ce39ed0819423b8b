/** Lists of users, stereotypes, projects, sprints and teams have pages, and can be searched by name. */
import { ArgsType, Field } from 'type-graphql'
import type { Sql } from '../cache/database.ts'
import { countOf, pageOf, type ReferenceList } from '../cache/reference-lists.ts'
import type { Connection } from './connections.ts'
import { connectionOf, cursorIn, encodeCursor, Page, type PlacePart, placeOf } from './pagination.ts'

@ArgsType()
export class NamedPage extends Page {
  @Field(() => String, {
    nullable: true,
    description: 'Only those with this in their name, whatever its case; all, unless told.',
  })
  name?: string | null
}

const PARTS: Readonly<Record<'text' | 'uuid' | 'date', PlacePart>> = { text: 'text', uuid: 'id', date: 'date' }

/** A page of a list. @param listName What its cursors are good for. */
export async function referenceConnection<Row extends object>(
  sql: Sql,
  listName: string,
  list: ReferenceList<Row>,
  { name, ...page }: NamedPage,
): Promise<Connection<Row>> {
  const place = placeOf(page)
  const after = cursorIn(listName, place, ...list.order.map(({ type }) => PARTS[type]))
  const { limit, backward } = place
  const found = await pageOf(sql, list, { limit: limit + 1, after, backward, name })
  return connectionOf(place, found, await countOf(sql, list, name), (row) =>
    encodeCursor(listName, ...list.order.map(({ property }) => row[property] as string)),
  )
}
