import { EventQueue, MOST_WAITING } from '../../src/live/event-queue.ts'

let ended: number
let queue: EventQueue<string>

beforeEach(() => {
  ended = 0
  queue = new EventQueue(() => {
    ended += 1
  })
})

/** All that comes until it is over. */
async function rest(): Promise<string[]> {
  const events: string[] = []
  for await (const event of queue) events.push(event)
  return events
}

test('events come in order, whether they were waited for or wait', async () => {
  const [first, second] = [queue.next(), queue.next()]
  for (const event of ['a', 'b', 'c', 'd']) queue.push(event)
  expect([await first, await second, await queue.next(), await queue.next()].map(({ value }) => value)).toEqual([
    ...['a', 'b', 'c', 'd'],
  ])
})

test('it holds so many events, and takes no more until one was taken', async () => {
  for (let i = 0; i < MOST_WAITING; i++) expect(queue.push(`${i}`)).toBe(true)
  expect(queue.push('more')).toBe(false)
  await queue.next()
  expect(queue.push('more')).toBe(true)
  expect(queue.push('yet more')).toBe(false)
})

test('once it is ended what waits is dropped, and nothing comes but the last', async () => {
  for (const event of ['a', 'b']) queue.push(event)
  queue.end('last')
  queue.push('later')
  queue.end('again')
  expect(await rest()).toEqual(['last'])
  expect(ended).toBe(1)
})

test('who waits when it is ended is told', async () => {
  const next = queue.next()
  queue.end()
  expect(await next).toEqual({ value: undefined, done: true })
})

test('who leaves ends it', async () => {
  queue.push('a')
  for await (const event of queue) {
    expect(event).toBe('a')
    break
  }
  expect(ended).toBe(1)
  expect(await rest()).toEqual([])
})
