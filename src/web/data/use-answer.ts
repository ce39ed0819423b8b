/** Answers of the API in views: each asked once, kept while newer ones come, and asked again when data changed. */
import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/preact-query'
import type { TypedDocumentString } from '../queries.ts'
import { type Answer, ask, isPassing, nameOf, type Receipt } from './ask.ts'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // An answer is asked for again when the service tells that data changed, not because time passed.
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && isPassing(error),
      retryDelay: 1_000,
    },
  },
})

export interface Asked<Data> {
  /** The newest there is; undefined until the first. */
  data: Data | undefined
  receipt: Receipt | null
  /** The service's time when it answered. */
  now: number
  error: Error | null
  /** What is shown is older than what was asked for. */
  isOld: boolean
  again: () => void
}

interface Options<Data> {
  /** Milliseconds until it is asked again by itself; false: never. */
  every?: (data: Data | undefined) => number | false
}

/** `variables` null: not asked yet. Of another subject the old answer is not kept: give the view a `key`. */
export function useAnswer<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables | null,
  { every }: Options<Data> = {},
): Asked<Data> {
  const query = useQuery<Answer<Data>, Error>({
    queryKey: [nameOf(document), variables],
    queryFn: ({ signal }) => ask(document, variables as Variables, signal),
    enabled: variables !== null,
    placeholderData: keepPreviousData,
    refetchInterval: every && ((current) => every(current.state.data?.data)),
  })
  return {
    data: query.data?.data,
    receipt: query.data?.receipt ?? null,
    now: query.data?.now ?? Date.now(),
    error: query.error,
    isOld: query.isFetching && query.data !== undefined,
    again: () => void query.refetch(),
  }
}

export interface Doing<Data, Variables> {
  run: (variables: Variables) => void
  data: Data | undefined
  error: Error | null
  isRunning: boolean
  forget: () => void
}

/** A mutation; after one that changes something all answers are asked for again. */
export function useChange<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  { isRehearsal = false, then }: { isRehearsal?: boolean; then?: (data: Data) => void } = {},
): Doing<Data, Variables> {
  const client = useQueryClient()
  const mutation = useMutation<Answer<Data>, Error, Variables>({
    mutationFn: (variables) => ask(document, variables),
    onSuccess: async ({ data }) => {
      then?.(data)
      if (!isRehearsal) await client.invalidateQueries()
    },
  })
  return {
    run: (variables) => mutation.mutate(variables),
    data: mutation.data?.data,
    error: mutation.error,
    isRunning: mutation.isPending,
    forget: () => mutation.reset(),
  }
}

/** What all that the page shows took, added up. */
export function receiptOf(client: QueryClient): Receipt {
  const sum = { checked: 0, recomputed: 0, unchanged: 0, verified: 0 }
  for (const query of client.getQueryCache().findAll({ type: 'active' })) {
    const receipt = (query.state.data as Answer<unknown> | undefined)?.receipt
    for (const key of Object.keys(sum) as (keyof Receipt)[]) sum[key] += receipt?.[key] ?? 0
  }
  return sum
}
