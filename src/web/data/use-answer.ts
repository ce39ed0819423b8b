/** Answers of the API in views: each asked once, kept while newer ones come, and asked again when data changed. */
import {
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/preact-query'
import { useRef } from 'preact/hooks'
import { CallerDocument, type TypedDocumentString } from '../queries.ts'
import { type Answer, ask, isPassing, nameOf, type Receipt, Refusal } from './ask.ts'

/** The question who asks is asked again: whoever isn't known any more logs in, at the address that is looked at. */
export function askWhoAgain(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: [nameOf(CallerDocument)] })
}

/** How long after a passing error it is asked again. */
const PASSING_MS = 5_000

/** Who isn't known any more is asked who that is. */
function onError(error: Error, query?: { queryKey?: unknown }) {
  const isAboutThat = JSON.stringify(query?.queryKey) === JSON.stringify([nameOf(CallerDocument), {}])
  if (error instanceof Refusal && error.code === 'UNAUTHENTICATED' && !isAboutThat) askWhoAgain(queryClient)
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError: (error) => onError(error) }),
  defaultOptions: {
    queries: {
      // An answer is asked for again when the service tells that data changed, not because time passed.
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
      refetchOnWindowFocus: false,
      // The browser's word that there is no network is none about a service on this machine.
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && isPassing(error),
      retryDelay: 1_000,
      // What passes is gone a moment later: then numbers come back by themselves.
      refetchInterval: ({ state }) => isPassing(state.error) && PASSING_MS,
    },
    mutations: { networkMode: 'always' },
  },
})

export interface Asked<Data> {
  /** The newest there is; undefined until the first. */
  data: Data | undefined
  /** The service's time when it answered. */
  now: number
  error: Error | null
  /** What is there is older than what was asked for. */
  isOld: boolean
  /** It answers another question: the one before, until this one is answered. */
  isOfOther: boolean
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
    ...(every && { refetchInterval: ({ state }) => (isPassing(state.error) ? PASSING_MS : every(state.data?.data)) }),
  })
  return { ...standOf(query), data: query.data?.data, now: query.data?.now ?? Date.now() }
}

/** How what was asked for stands, whatever it is. */
function standOf(query: Pick<UseQueryResult, 'data' | 'error' | 'isFetching' | 'isPlaceholderData' | 'refetch'>) {
  return {
    error: query.error as Error | null,
    isOld: query.isFetching && query.data !== undefined,
    isOfOther: query.isPlaceholderData,
    again: () => void query.refetch(),
  }
}

/** Where the page of an answer ends. */
interface PageEnd {
  hasNextPage: boolean
  endCursor: string | null
}

/** A list page by page, those that were asked for one after the other; `more` asks for the next, where there is one. */
export function usePages<Data, Variables extends { after?: string | null }>(
  document: TypedDocumentString<Data, Variables>,
  variables: Omit<Variables, 'after'>,
  endOf: (data: Data) => PageEnd | undefined,
): Asked<readonly Data[]> & { more?: () => void } {
  const query = useInfiniteQuery<Answer<Data>, Error, { pages: Answer<Data>[] }, unknown[], string | null>({
    queryKey: [nameOf(document), variables],
    queryFn: ({ pageParam, signal }) =>
      ask(document, { ...variables, after: pageParam } as unknown as Variables, signal),
    initialPageParam: null,
    getNextPageParam: ({ data }) => {
      const end = endOf(data)
      return end?.hasNextPage ? end.endCursor : undefined
    },
    placeholderData: keepPreviousData,
  })
  return {
    ...standOf(query),
    data: query.data?.pages.map(({ data }) => data),
    now: query.data?.pages[0]?.now ?? Date.now(),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
  }
}

export interface Doing<Data, Variables> {
  run: (variables: Variables) => void
  data: Data | undefined
  error: Error | null
  isRunning: boolean
  forget: () => void
}

interface Changing<Data> {
  isRehearsal?: boolean
  afterwards?: (data: Data) => void
}

/** A mutation; after one that changes something, or was refused, all answers are asked for again. */
export function useChange<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  options?: Changing<Data>,
): Doing<Data, Variables> {
  return useChanges(async (variables: Variables) => (await ask(document, variables)).data, options)
}

/** The same of what takes several questions. */
export function useChanges<Data, Variables>(
  change: (variables: Variables) => Promise<Data>,
  { isRehearsal = false, afterwards }: Changing<Data> = {},
): Doing<Data, Variables> {
  const client = useQueryClient()
  const isUnderWay = useRef(false)
  const mutation = useMutation<Data, Error, Variables>({
    mutationFn: change,
    onSuccess: (data) => afterwards?.(data),
    // Where it was refused, what is shown may be out of date.
    onSettled: async () => {
      if (!isRehearsal) await client.invalidateQueries()
    },
  })
  return {
    run: (variables) => {
      // The second click of two comes before the button is disabled.
      if (isUnderWay.current) return
      isUnderWay.current = true
      mutation.mutate(variables, { onSettled: () => (isUnderWay.current = false) })
    },
    data: mutation.data,
    error: mutation.error,
    isRunning: mutation.isPending,
    forget: () => mutation.reset(),
  }
}

/** What all that the page shows took, added up. */
export function receiptOf(client: QueryClient): Receipt {
  const sum = { checked: 0, recomputed: 0, unchanged: 0, verified: 0 }
  for (const query of client.getQueryCache().findAll({ type: 'active' })) {
    const answers = query.state.data as Answer<unknown> | { pages: Answer<unknown>[] } | undefined
    for (const { receipt } of answers && 'pages' in answers ? answers.pages : answers ? [answers] : [])
      for (const key of Object.keys(sum) as (keyof Receipt)[]) sum[key] += receipt?.[key] ?? 0
  }
  return sum
}
