/** A field is read as its arguments say, whatever the request reads besides. */
import type { StageGraph } from '../stages/stage-graph.ts'
import { howFresh, type ReadingArgs } from './reading-args.ts'
import type { Reading, RequestContext } from './request-context.ts'

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
