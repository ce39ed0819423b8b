/** The ids of rows, all of them, for what is done by id. */
import { ask } from '../../data/ask.ts'
import { QuarantineIdsDocument, type QuarantineIdsQuery, type QuarantineIdsQueryVariables } from '../../queries.ts'

/** So many the API takes at once. */
export const MOST_IDS = 10_000
const PAGE = 1_000

/** At most `MOST_IDS`, the one first seen longest ago first; and how many there are. */
export async function idsOf(filter: QuarantineIdsQueryVariables['filter']): Promise<{ ids: string[]; total: number }> {
  const ids: string[] = []
  let after: string | null = null
  for (;;) {
    const answer: { data: QuarantineIdsQuery } = await ask(QuarantineIdsDocument, { filter, first: PAGE, after })
    const { nodes, pageInfo, totalCount } = answer.data.quarantine
    ids.push(...nodes.map(({ id }) => id))
    if (!pageInfo.hasNextPage || ids.length >= MOST_IDS) return { ids, total: totalCount }
    after = pageInfo.endCursor
  }
}
