import type pg from 'pg'
import { type Truth, truthOf } from './oracle.ts'
import { QUESTIONS, type Question } from './questions.ts'
import { pick, randomOf } from './random.ts'
import { type Client, editAtRandom } from './random-writes.ts'
import type { Answer } from './service.ts'
import { States } from './states.ts'

export interface Storm {
  seed: number
  /** How many reads are under way at the same time through each client. */
  readers: number
  /** True when enough was done. */
  isOver(counts: Counts): boolean
}

/** What was done, and how many reads ended in CONTENTION. */
export interface Counts {
  writes: number
  reads: number
  contended: number
}

/**
 * Writes at random, one after the other through any of the clients, while readers of every client read; and checks what
 * each read shows: for each slice the truth of a moment between the last write that had ended when the read began and
 * the last that had begun when it ended.
 * @throws at the first read that shows anything else, with the seed.
 */
export async function readDuringWrites(clients: readonly Client[], database: pg.Client, storm: Storm): Promise<Counts> {
  const states = new States(await truthOf(database))
  const counts: Counts = { writes: 0, reads: 0, contended: 0 }
  let isOver = false
  const readers = clients.flatMap((client) => Array.from({ length: storm.readers }, () => client))
  const all = [write(), ...readers.map((client, i) => read(client, randomOf(storm.seed * 1_000 + i)))].map((work) =>
    work.finally(() => {
      isOver = true
    }),
  )
  for (const end of await Promise.allSettled(all)) if (end.status === 'rejected') throw end.reason
  return counts

  async function write(): Promise<void> {
    const random = randomOf(storm.seed)
    while (!isOver) {
      // Now and then the readers have time to end.
      if (random() < 0.5) await states.readEnds()
      await states.become(async () => {
        await editAtRandom(pick(random, clients), random)
        return truthOf(database)
      })
      counts.writes++
      isOver ||= storm.isOver(counts)
    }
  }

  async function read(client: Client, random: () => number): Promise<void> {
    let asked: Question[] = []
    while (!isOver) {
      // The same is asked again and again, too, as dashboards do.
      const question = asked.length > 0 && random() < 0.5 ? pick(random, asked) : pick(random, QUESTIONS)(random)
      asked = [question, ...asked].slice(0, 4)
      const { result, truths } = await states.during(() => client.ask(question.query))
      counts.reads++
      if (result.errors?.[0]?.extensions.code === 'CONTENTION') counts.contended++
      else check(question, result, truths)
    }
  }

  function check({ query, faultOf }: Question, { data, errors }: Answer, truths: readonly Truth[]): void {
    const fault = errors ? JSON.stringify(errors) : faultOf(data, truths)
    if (fault === undefined) return
    throw new Error(`seed ${storm.seed}, ${JSON.stringify(counts)}, of ${truths.length} states:\n${fault}\n${query}`)
  }
}
