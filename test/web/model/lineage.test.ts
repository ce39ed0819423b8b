import {
  depthsOf,
  type Layout,
  layered,
  leastWidth,
  type Node,
  railed,
  readersOf,
} from '../../../src/web/model/lineage.ts'

const node = (id: string, ...reads: string[]): Node => ({ id, reads, height: 60 })

const NODES = [
  node('source'),
  node('activities', 'source'),
  node('splits', 'activities'),
  node('days', 'splits', 'activities'),
  node('weeks', 'days'),
  node('months', 'days'),
  node('projects', 'activities'),
]

function boxOf({ boxes }: Layout, id: string) {
  const box = boxes.find((each) => each.id === id)
  if (!box) throw new Error(`There is no box ${id}.`)
  return box
}

function expectNoOverlap({ boxes }: Layout): void {
  for (const [index, a] of boxes.entries()) {
    for (const b of boxes.slice(index + 1)) {
      const beside = a.x + a.width <= b.x || b.x + b.width <= a.x
      const below = a.y + a.height <= b.y || b.y + b.height <= a.y
      expect([a.id, b.id, beside || below]).toEqual([a.id, b.id, true])
    }
  }
}

test('a node is one step behind the furthest that it reads', () => {
  expect(Object.fromEntries(depthsOf(NODES))).toEqual({
    ...{ source: 0, activities: 1, splits: 2, days: 3, weeks: 4, months: 4, projects: 2 },
  })
})

test('what reads in a circle, or what is not there, ends all the same', () => {
  const nodes = [node('a', 'b'), node('b', 'a'), node('c', 'c', 'nowhere')]
  expect(depthsOf(nodes).get('c')).toBe(0)
  expect(layered(nodes, 800).boxes.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(railed(nodes, 300).boxes).toHaveLength(3)
})

test('beside each other, what is read lies to the left of what reads it, within the width, and no box lies on another', () => {
  const layout = layered(NODES, 1_200)
  for (const { from, to } of layout.lines) expect(boxOf(layout, from).x).toBeLessThan(boxOf(layout, to).x)
  for (const { x, y, width, height } of layout.boxes) {
    expect(x).toBeGreaterThanOrEqual(0)
    expect(x + width).toBeLessThanOrEqual(1_200)
    expect(y).toBeGreaterThanOrEqual(0)
    expect(y + height).toBeLessThanOrEqual(layout.height)
  }
  expectNoOverlap(layout)
})

test('there is a line for everything that is read', () => {
  const read = NODES.flatMap(({ id, reads }) => reads.map((from) => `${from} ${id}`)).sort()
  for (const layout of [layered(NODES, 1_200), railed(NODES, 340)]) {
    expect(layout.lines.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(read)
  }
})

test('a line that passes a layer goes between its boxes', () => {
  const layout = layered(NODES, 1_200)
  const path = layout.lines.find(({ from, to }) => from === 'activities' && to === 'days')?.path ?? ''
  const [, height] = /C[\d. -]+,[\d.-]+ [\d.-]+,[\d.-]+ [\d.-]+,([\d.]+)H/.exec(path) ?? []
  for (const id of ['splits', 'projects']) {
    const { y, height: own } = boxOf(layout, id)
    expect(Number(height) < y || Number(height) > y + own).toBe(true)
  }
})

test('below each other, what is read lies above what reads it, each rail beside its boxes and no two in one place', () => {
  const layout = railed(NODES, 340)
  for (const { from, to } of layout.lines) expect(boxOf(layout, from).y).toBeLessThan(boxOf(layout, to).y)
  for (const { x, width } of layout.boxes) {
    expect(x).toBeGreaterThan(0)
    expect(x + width).toBe(340)
  }
  expectNoOverlap(layout)
  const rails = layout.lines.map(({ from, path }) => {
    const [, x, y = '', end] = /Q([\d.]+),[\d.]+ [\d.]+,([\d.]+)V([\d.]+)/.exec(path) ?? []
    return { from, x, y: Number(y), end: Number(end) }
  })
  for (const a of rails) {
    expect(Number(a.x)).toBeGreaterThan(0)
    for (const b of rails) {
      if (a.from !== b.from && a.x === b.x) expect(a.end <= b.y || b.end <= a.y).toBe(true)
    }
  }
})

test('of nothing there is nothing', () => {
  expect(layered([], 800)).toMatchObject({ height: 0, boxes: [], lines: [] })
  expect(railed([], 300)).toMatchObject({ height: 0, boxes: [], lines: [] })
})

test('as wide as its layers and the room between them it is at least', () => {
  expect(leastWidth(NODES, 100)).toBe(5 * 100 + 4 * 56)
})

test('all that read a node are found, however far', () => {
  expect(readersOf(NODES, 'splits')).toEqual(['days', 'weeks', 'months'])
  expect(readersOf(NODES, 'weeks')).toEqual([])
})
