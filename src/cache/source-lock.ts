import { Lanes } from '../model/lanes.ts'
import { isTaken } from './alone.ts'
import { LONGEST_LOCK_WAIT_MS, stillLocked } from './connection-loss.ts'

/**
 * Who writes rows of a source in this process: one after the other, as they would wait for each other's lock anyway.
 * Who waits here holds no connection, so that others can read meanwhile.
 */
export class SourceWriters {
  private readonly lanes = new Map<string, Lanes>()

  /**
   * Runs `work` once nobody else in this process writes rows of these sources.
   * @throws BusyError where the others take longer than a lock is waited for.
   */
  run<T>(sources: readonly string[], work: () => Promise<T>): Promise<T> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(stillLocked()), LONGEST_LOCK_WAIT_MS)
    const begin = () => {
      clearTimeout(timer)
      return work()
    }
    return this.inLanes(inOrder(sources), late.signal, begin).finally(() => clearTimeout(timer))
  }

  private inLanes<T>([first, ...rest]: readonly string[], late: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (first === undefined) return work()
    const lane = this.lanes.get(first) ?? new Lanes(1)
    this.lanes.set(first, lane)
    return lane.run(late, () => this.inLanes(rest, late, work))
  }
}

/**
 * Until the transaction ends, nobody else writes rows of these sources: a batch sees the old place of every activity
 * that it moves, a stereotype's new code meets every activity that has it, and no two batches wait for each other.
 */
export async function lockSources(sql: Run, sources: readonly string[]): Promise<void> {
  const names = inOrder(sources)
  await sql('INSERT INTO source_cursor (source) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [names])
  await sql('SELECT source FROM source_cursor WHERE source = ANY ($1::text[]) ORDER BY source FOR UPDATE', [names])
}

/** `Sql` of `database.ts`, which imports this. */
type Run = (text: string, values: readonly unknown[]) => Promise<unknown>

function inOrder(sources: readonly string[]): string[] {
  return [...new Set(sources)].sort()
}

/** The key of `Database.alone` for pulls of a source, and for whoever removes it. */
export function turnOf(source: string): string {
  return `${TURN}${source}`
}

/** SQL for whether somebody has the turn of the source. */
export function isTurnTaken(source: string): string {
  return isTaken(`'${TURN}' || ${source}`)
}

const TURN = 'source '
