/** A batch gives its rows back, as they came. */
import { Arg, Args, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql'
import { countKept, type KeptRow, pagesWith, rowsIn } from '../cache/batch-rows.ts'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { groupBy } from '../model/group-by.ts'
import { tooMuch } from '../model/limits.ts'
import { JsonObject, type SourceRow } from '../model/source-row.ts'
import { type Connection, connectionType } from './connections.ts'
import { Costs } from './cost.ts'
import { connectionOf, cursorIn, encodeCursor, Page, pageSize, placeOf } from './pagination.ts'
import type { KeptRowsKey, RequestContext } from './request-context.ts'

@ObjectType('KeptRow', { description: 'A row of a batch, as it came.', simpleResolvers: true })
export class KeptRowNode implements KeptRow {
  @Field(() => Int, { description: 'Which row of its batch it is, from 0.' })
  rowIndex!: number

  @Field(() => JsonObject, {
    nullable: true,
    description: 'The row, in the shape of its source; null where the user was erased whose it was.',
  })
  row!: SourceRow | null
}

export const KeptRowConnection = connectionType('KeptRow', KeptRowNode)

@Resolver(() => IngestBatch)
export class KeptRowsResolver {
  @FieldResolver(() => Boolean, {
    description:
      'Whether its rows can be had. They can’t where they came longer ago than rows are kept, where none came, or of a replay: it has rows that were kept with the batch in which they came.',
  })
  async isKept(@Root() { id }: IngestBatch, @Ctx() { loaders }: RequestContext): Promise<boolean> {
    return (await loaders.keptCounts.load(id)) > 0
  }

  @FieldResolver(() => KeptRowConnection, {
    description: 'Its rows as they came, also those that were refused or skipped; none where they are not kept.',
  })
  @Costs({ page: pageSize })
  rows(
    @Root() { id }: IngestBatch,
    @Args(() => Page) page: Page,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Connection<KeptRow>> {
    const { limit, backward, ...place } = placeOf(page)
    const after = cursorIn(LIST, { limit, backward, ...place }, 'count')
    return loaders.keptRows.load({ batchId: id, limit, backward, after: after && Number(after[0]) })
  }

  @FieldResolver(() => KeptRowNode, { nullable: true, description: 'One of them; null where it is not kept.' })
  async row(
    @Root() { id }: IngestBatch,
    @Arg('index', () => Int, { description: 'Which one, from 0.' }) index: number,
    @Ctx() { loaders }: RequestContext,
  ): Promise<KeptRow | null> {
    const after = index > 0 ? index - 1 : null
    const { nodes } = await loaders.keptRows.load({ batchId: id, limit: 1, backward: false, after })
    return nodes.find(({ rowIndex }) => rowIndex === index) ?? null
  }
}

const LIST = 'rows'

/** How many rows of these batches are kept. */
export async function loadKeptCounts({ database }: RequestContext, batchIds: readonly string[]): Promise<number[]> {
  const counts = await countKept(database.sql, batchIds)
  return batchIds.map((id) => counts.get(id) ?? 0)
}

/**
 * One read for all batches of which the same page is asked for, of the pages alone that hold it.
 * @throws LimitError before that where those and what the request was given already are more than an answer may have.
 */
export async function loadKeptRows(
  context: RequestContext,
  keys: readonly KeptRowsKey[],
): Promise<Connection<KeptRow>[]> {
  const { database, gathered, limits, loaders } = context
  const found = new Map<KeptRowsKey, Connection<KeptRow>>()
  for (const group of groupBy(keys, keptPageOf).values()) {
    const [{ limit, after, backward }] = group
    const place = { after, backward, limit: limit + 1 }
    const pages = await pagesWith(
      database.sql,
      group.map(({ batchId }) => batchId),
      place,
    )
    gathered.rowBytes += pages.reduce((sum, { jsonBytes }) => sum + jsonBytes, 0)
    if (gathered.rowBytes > limits.MAX_RESULT_BYTES) {
      const advice = 'Ask for a smaller page, or for fewer batches.'
      throw tooMuch('MAX_RESULT_BYTES', limits, gathered.rowBytes, ['The rows are read of', 'bytes', advice])
    }
    const rows = await rowsIn(database.sql, pages, place)
    for (const key of group) {
      const at = { limit, backward, after: after === null ? null : String(after) }
      const count = await loaders.keptCounts.load(key.batchId)
      found.set(
        key,
        connectionOf(at, rows.get(key.batchId) ?? [], count, ({ rowIndex }) => encodeCursor(LIST, rowIndex)),
      )
    }
  }
  return keys.map((key) => found.get(key) as Connection<KeptRow>)
}

/** What keys of the same page have in common. */
export function keptPageOf({ limit, after, backward }: KeptRowsKey): string {
  return `${limit} ${after} ${backward}`
}
