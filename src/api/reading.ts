/** A field is read as its arguments say, whatever the request reads besides. */

import type { GraphQLResolveInfo } from 'graphql'
import { FRESH } from '../freshness/read/freshness-mode.ts'
import { BadInputError } from '../model/errors.ts'
import { addReceipt, emptyReceipt } from '../model/receipt.ts'
import type { StageGraph } from '../stages/stage-graph.ts'
import { howFresh, type PastReadingArgs, type ReadingArgs } from './reading-args.ts'
import { type Reading, type RequestContext, receiptOf } from './request-context.ts'

/**
 * How a field is to be read: by which versions of stages, and how fresh.
 * @throws BadInputError where nobody can wait so long, and for a version that there isn't.
 */
export async function reading(context: RequestContext, args: ReadingArgs): Promise<Reading> {
  const how = howFresh(args)
  const graph = await graphOf(context, args)
  return { ...context, freshness: context.freshness.by(graph), how }
}

/** The graph of the versions that are asked for. */
export async function graphOf({ freshness, versions }: RequestContext, args: ReadingArgs): Promise<StageGraph> {
  const asked = args.versions ?? []
  return asked.length > 0 ? versions.readable(asked, 'versions') : freshness.graph
}

/** The same for what may be asked of a past: all that is read of it is read in `work`. */
export async function inReading<T>(
  context: RequestContext,
  args: PastReadingArgs,
  { path }: Pick<GraphQLResolveInfo, 'path'>,
  work: (own: Reading) => Promise<T>,
): Promise<T> {
  const own = await reading(context, args)
  if (!args.asOf) return work(own)
  return inPast(own, args.asOf, placeIn(path).join(' '), work)
}

/** Where a field stands in the answer: its keys and places in lists, the inmost first. */
export function placeIn(path: GraphQLResolveInfo['path'] | undefined): (string | number)[] {
  return path ? [path.key, ...placeIn(path.prev)] : []
}

/**
 * Does `work` as of a moment.
 * @param key Tells it from what else is read of pasts for the same answer.
 * @param argument What the moment is called there.
 */
export async function inPast<T>(
  context: RequestContext,
  asOf: Date,
  key: string,
  work: (own: Reading) => Promise<T>,
  argument = 'asOf',
): Promise<T> {
  const { cache, freshness, gathered, limits } = context
  gathered.past ??= { used: 0, limits }
  // Annotations are touched, whatever that takes.
  const receipt = receiptOf(context)
  const done = freshness.inPast(key, cache, asOf, gathered.past, async (past, database) => {
    const own = context.within({ database, freshness: past })
    const result = await work({ ...own, how: FRESH, asOf })
    const taken = own.gathered.receipt ?? emptyReceipt()
    addReceipt(receipt, taken)
    freshness.addTaken(taken)
    return result
  })
  return done.catch((error: unknown) => {
    if (!(error instanceof BadInputError) || error.details.argument !== 'asOf') throw error
    throw new BadInputError(argument, error.message.replace(/^asOf/, argument), { ...error.details, argument })
  })
}
