/** Whether data changed under the reader: told over a WebSocket, or looked for now and then where there is none. */
import { useQueryClient } from '@tanstack/preact-query'
import { createClient } from 'graphql-ws'
import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import { many } from '../model/figures.ts'
import {
  ActivitiesIngestedDocument,
  PulseDocument,
  RowsQuarantinedDocument,
  SlicesRefreshedDocument,
  SourceChangedDocument,
  type SourceChangedSubscription,
  StagePromotedDocument,
  type TypedDocumentString,
} from '../queries.ts'
import { ask, type Receipt } from './ask.ts'

/** Changes come in bursts: one look a burst will do. */
const SETTLE_MS = 400
const POLL_MS = 10_000
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
  const [live, setLive] = useState<Live>({ state: 'connecting', news: undefined, refreshes: [] })

  useEffect(() => {
    let settling: ReturnType<typeof setTimeout> | undefined
    const change = (text: string) => {
      setLive((was) => ({ ...was, news: { text, at: Date.now() } }))
      settling ??= setTimeout(() => {
        settling = undefined
        void client.invalidateQueries()
      }, SETTLE_MS)
    }
    const stopListening = listen({
      state: (state) => setLive((was) => ({ ...was, state })),
      change,
      // What may have happened while nobody listened is looked for.
      missed: () => void client.invalidateQueries(),
      refresh: (refresh) =>
        setLive((was) => ({ ...was, refreshes: [refresh, ...was.refreshes].slice(0, MOST_REFRESHES) })),
    })
    return () => {
      stopListening()
      clearTimeout(settling)
    }
  }, [client])

  useEffect(() => {
    if (live.state !== 'polling') return
    let mark: string | undefined
    const timer = setInterval(async () => {
      if (document.hidden) return
      const answer = await ask(PulseDocument, {}).catch(() => undefined)
      if (!answer) return
      const next = JSON.stringify(answer.data)
      if (mark !== undefined && next !== mark) {
        setLive((was) => ({ ...was, news: { text: 'Something changed', at: Date.now() } }))
        void client.invalidateQueries()
      }
      mark = next
    }, POLL_MS)
    return () => clearInterval(timer)
  }, [client, live.state])

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

interface Hearing {
  state: (state: Live['state']) => void
  change: (text: string) => void
  missed: () => void
  refresh: (refresh: Refresh) => void
}

function listen({ state, change, missed, refresh }: Hearing): () => void {
  let wasLost = false
  const client = createClient({
    url: new URL('/graphql', location.href).href.replace(/^http/, 'ws'),
    lazy: false,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(1_000 * 2 ** retries, 30_000))),
    on: {
      connected: () => {
        state('live')
        if (wasLost) missed()
      },
      closed: () => {
        wasLost = true
        state('polling')
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
  hear(ActivitiesIngestedDocument, ({ activitiesIngested: event }) =>
    change(`${many(event.inserted + event.updated + event.deleted, 'activity change')} from ${event.source}`),
  )
  hear(RowsQuarantinedDocument, ({ rowsQuarantined: event }) =>
    change(`${many(event.count, 'row')} of ${event.source} went into quarantine`),
  )
  hear(SourceChangedDocument, ({ sourceChanged: event }) => change(pullNews(event)))
  hear(StagePromotedDocument, ({ stagePromoted: event }) =>
    change(`${event.stage} answers by version ${event.version}`),
  )
  hear(SlicesRefreshedDocument, ({ slicesRefreshed: event }) => refresh({ ...event, at: Date.now() }))
  return () => void client.dispose()
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
