/** Whether data changed under the reader: told over a WebSocket, or looked for now and then where there is none. */
import { type QueryClient, useQueryClient } from '@tanstack/preact-query'
import { createClient } from 'graphql-ws'
import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { many } from '../model/figures.ts'
import {
  ActivitiesIngestedDocument,
  PulseDocument,
  RowsQuarantinedDocument,
  SeenActivitiesIngestedDocument,
  SeenPulseDocument,
  SlicesRefreshedDocument,
  SourceChangedDocument,
  type SourceChangedSubscription,
  StagePromotedDocument,
  type StagePromotedSubscription,
  type TypedDocumentString,
} from '../queries.ts'
import { ask, type Receipt, Refusal } from './ask.ts'
import { askWhoAgain } from './use-answer.ts'
import { useMay } from './who.ts'

/** Changes come in bursts: one look a burst will do. */
const SETTLE_MS = 400
const POLL_MS = 10_000
const SELDOM_MS = 60_000
const LONGEST_PAUSE_MS = 10_000
/** Whoever isn't connected by then looks for itself. */
const CONNECT_MS = 5_000
const MOST_REFRESHES = 20

export interface Refresh {
  stage: string
  version: number
  receipt: Receipt
  at: number
}

export interface Live {
  state: 'connecting' | 'live' | 'polling'
  /** What changed last, in words, and when. */
  news: { text: string; at: number } | undefined
  /** What was brought up to date since the page was opened, the newest first. */
  refreshes: readonly Refresh[]
}

const LiveContext = createContext<Live>({ state: 'connecting', news: undefined, refreshes: [] })

export function useLive(): Live {
  return useContext(LiveContext)
}

export function LiveProvider({ children }: { children: ComponentChildren }) {
  const client = useQueryClient()
  const { readAll } = useMay()
  const [live, setLive] = useState<Live>({ state: 'connecting', news: undefined, refreshes: [] })

  const look = useMemo(() => lookAgain(client), [client])

  useEffect(() => {
    const change = (text: string) => {
      setLive((was) => ({ ...was, news: { text, at: Date.now() } }))
      look()
    }
    // Nobody tells of names and teams: those are looked for now and then, and when the reader comes back.
    const lookIfSeen = () => !document.hidden && look()
    const seldom = setInterval(lookIfSeen, SELDOM_MS)
    document.addEventListener('visibilitychange', lookIfSeen)
    const late = setTimeout(
      () => setLive((was) => (was.state === 'connecting' ? { ...was, state: 'polling' } : was)),
      CONNECT_MS,
    )
    const stopListening = listen({
      readAll,
      unknown: () => askWhoAgain(client),
      state: (state) => setLive((was) => ({ ...was, state })),
      change,
      // What may have happened while nobody listened is looked for.
      missed: look,
      refresh: (refresh) =>
        setLive((was) => ({ ...was, refreshes: [refresh, ...was.refreshes].slice(0, MOST_REFRESHES) })),
    })
    return () => {
      stopListening()
      clearInterval(seldom)
      clearTimeout(late)
      document.removeEventListener('visibilitychange', lookIfSeen)
    }
  }, [look, client, readAll])

  useEffect(() => {
    if (live.state !== 'polling') return
    let mark: string | undefined
    const timer = setInterval(async () => {
      if (document.hidden) return
      const answer = await ask<object, Record<string, never>>(readAll ? PulseDocument : SeenPulseDocument, {}).catch(
        (error) => error,
      )
      if (answer instanceof Refusal && answer.code === 'UNAUTHENTICATED') askWhoAgain(client)
      if (answer instanceof Error) return
      const next = JSON.stringify(answer.data)
      if (next === mark) return
      // What happened before the first look nobody knows.
      if (mark !== undefined) setLive((was) => ({ ...was, news: { text: 'Something changed', at: Date.now() } }))
      look()
      mark = next
    }, POLL_MS)
    return () => clearInterval(timer)
  }, [look, client, readAll, live.state])

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

/**
 * Has all answers asked for again, one round after the other: what changes while one is under way is in the next, and what
 * is being read is read to its end, so that a stream of changes starves nobody.
 */
function lookAgain(client: QueryClient): () => void {
  let [isLooking, isWanted] = [false, false]
  const rounds = async () => {
    isLooking = true
    while (isWanted) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      // An answer that was asked for before may be older than the change.
      isWanted = client.isFetching() > 0
      const began = performance.now()
      await client.invalidateQueries({}, { cancelRefetch: false })
      // Where reading takes long, there is as long a pause.
      await new Promise((resolve) => setTimeout(resolve, Math.min(performance.now() - began, LONGEST_PAUSE_MS)))
    }
    isLooking = false
  }
  return () => {
    isWanted = true
    if (!isLooking) void rounds()
  }
}

interface Hearing {
  /** Whether there is more to hear than of some people. */
  readAll: boolean
  /** Told where it isn't known any more who listens. */
  unknown: () => void
  state: (state: Live['state']) => void
  change: (text: string) => void
  missed: () => void
  refresh: (refresh: Refresh) => void
}

function listen({ readAll, unknown, state, change, missed, refresh }: Hearing): () => void {
  let wasLost = false
  const client = createClient({
    url: new URL('/graphql', location.href).href.replace(/^http/, 'ws'),
    lazy: false,
    connectionAckWaitTimeout: CONNECT_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => !isOfUnknown(event),
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(1_000 * 2 ** retries, 30_000))),
    on: {
      connected: () => {
        state('live')
        if (wasLost) missed()
      },
      closed: (event) => {
        wasLost = true
        state('polling')
        if (isOfUnknown(event)) unknown()
      },
    },
    // Without a socket the page looks for itself; there is nobody to tell.
    onNonLazyError: () => undefined,
  })
  const hear = <Data, Variables>(document: TypedDocumentString<Data, Variables>, next: (data: Data) => void) =>
    client.subscribe<Data>(
      { query: document.toString() },
      { next: ({ data }) => data && next(data), error: () => state('polling'), complete: () => undefined },
    )
  const promoted = ({ stagePromoted: event }: StagePromotedSubscription) =>
    change(`${event.stage} answers by version ${event.version}`)
  if (!readAll) {
    hear(SeenActivitiesIngestedDocument, ({ activitiesIngested: { source } }) =>
      change(`Activities of ${source} changed`),
    )
    hear(StagePromotedDocument, promoted)
    return () => void client.dispose()
  }
  hear(ActivitiesIngestedDocument, ({ activitiesIngested: event }) =>
    change(`${many(event.inserted + event.updated + event.deleted, 'activity change')} from ${event.source}`),
  )
  hear(RowsQuarantinedDocument, ({ rowsQuarantined: event }) =>
    change(`${many(event.count, 'row')} of ${event.source} went into quarantine`),
  )
  hear(SourceChangedDocument, ({ sourceChanged: event }) => change(pullNews(event)))
  hear(StagePromotedDocument, promoted)
  hear(SlicesRefreshedDocument, ({ slicesRefreshed: event }) => refresh({ ...event, at: Date.now() }))
  return () => void client.dispose()
}

/** With this the service closes sockets of whom it doesn't know, or not any more. */
function isOfUnknown(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'code' in event && event.code === 4401
}

function pullNews({ name, kind, changed }: SourceChangedSubscription['sourceChanged']): string {
  switch (kind) {
    case 'PULL_BEGAN':
      return `A pull of ${name} began`
    case 'PULL_ENDED':
      return `A pull of ${name} ended: ${many(changed ?? 0, 'change')}`
    case 'PULL_FAILED':
      return `A pull of ${name} failed`
    case 'REMOVED':
      return `${name} was removed`
  }
}
