/** Where boxes of a graph stand that reads in one direction, and the lines between them. Nothing here knows of the document. */

export interface Node {
  id: string
  /** What it reads; whatever is no node is passed over. */
  reads: readonly string[]
  height: number
}

export interface Box {
  id: string
  x: number
  y: number
  width: number
  height: number
}

export interface Line {
  from: string
  to: string
  /** As the `d` of a path. */
  path: string
}

export interface Layout {
  width: number
  height: number
  boxes: readonly Box[]
  lines: readonly Line[]
}

const GAP = 56
const ROW_GAP = 28
const LANE = 14
/** A line that passes a layer takes so much of its height. */
const PASSING = 14

/** How far each node is from what reads nothing, by the longest way; one that reads itself, even by others, breaks off there. */
export function depthsOf(nodes: readonly Pick<Node, 'id' | 'reads'>[]): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const depths = new Map<string, number>()
  const depthOf = (id: string, seen: readonly string[]): number => {
    const known = depths.get(id)
    if (known !== undefined) return known
    const reads = (byId.get(id)?.reads ?? []).filter((read) => byId.has(read) && !seen.includes(read))
    const depth = reads.length === 0 ? 0 : 1 + Math.max(...reads.map((read) => depthOf(read, [...seen, read])))
    depths.set(id, depth)
    return depth
  }
  for (const { id } of nodes) depthOf(id, [id])
  return depths
}

/** So wide is a layered layout at least. */
export function leastWidth(nodes: readonly Node[], leastBox: number): number {
  const layers = Math.max(0, ...depthsOf(nodes).values()) + 1
  return layers * leastBox + (layers - 1) * GAP
}

interface Spot {
  /** Of the node, or of the line that passes. */
  key: string
  id: string | null
  layer: number
  height: number
  /** Keys of spots one layer before. */
  before: string[]
  middle: number
}

/** Layer after layer from left to right: what is read lies to the left of what reads it, and lines pass between boxes. */
export function layered(nodes: readonly Node[], width: number, mostBox = 216): Layout {
  const depths = depthsOf(nodes)
  const count = Math.max(0, ...depths.values()) + 1
  const boxWidth = Math.min(mostBox, (width - (count - 1) * GAP) / count)
  const step = count > 1 ? (width - boxWidth) / (count - 1) : 0
  const spots = spotsOf(nodes, depths)
  const layers = Array.from({ length: count }, (_, layer) => spots.filter((spot) => spot.layer === layer))
  for (const layer of layers) place(layer, spots)
  // Once more with what reads them in mind, so that lines are as straight as can be.
  for (const layer of [...layers].reverse()) centre(layer, spots)
  const top = Math.min(0, ...spots.map(({ middle, height }) => middle - height / 2))
  for (const spot of spots) spot.middle -= top
  const byKey = new Map(spots.map((spot) => [spot.key, spot]))
  const left = (spot: Spot) => spot.layer * step
  const boxes = spots.flatMap((spot) =>
    spot.id === null
      ? []
      : [{ id: spot.id, x: left(spot), y: spot.middle - spot.height / 2, width: boxWidth, height: spot.height }],
  )
  const lines = nodes.flatMap(({ id, reads }) =>
    reads.flatMap((read) => {
      const way = wayBetween(read, id, depths).map((key) => byKey.get(key))
      const points = way.flatMap((spot) => (spot ? [{ x: left(spot), y: spot.middle }] : []))
      return points.length < 2 || points.length < way.length
        ? []
        : [{ from: read, to: id, path: bent(points, boxWidth) }]
    }),
  )
  const height = Math.max(0, ...spots.map((spot) => spot.middle + spot.height / 2))
  return { width, height, boxes, lines }
}

function spotsOf(nodes: readonly Node[], depths: Map<string, number>): Spot[] {
  const spots = new Map<string, Spot>()
  for (const { id, height } of nodes)
    spots.set(id, { key: id, id, layer: depths.get(id) ?? 0, height, before: [], middle: 0 })
  for (const { id, reads } of nodes) {
    for (const read of reads) {
      const way = wayBetween(read, id, depths)
      for (const [index, key] of way.entries()) {
        const former = way[index - 1]
        if (former === undefined || !spots.has(way[0] ?? '')) continue
        const layer = (depths.get(read) ?? 0) + index
        const spot = spots.get(key) ?? { key, id: null, layer, height: PASSING, before: [], middle: 0 }
        spot.before.push(former)
        spots.set(key, spot)
      }
    }
  }
  return [...spots.values()]
}

/** From what is read to what reads it, a key for each layer between them. Lines of what is read share their way. */
function wayBetween(read: string, reader: string, depths: Map<string, number>): string[] {
  const [from, to] = [depths.get(read), depths.get(reader)]
  if (from === undefined || to === undefined || from >= to) return []
  return [read, ...Array.from({ length: to - from - 1 }, (_, index) => `${read} past ${from + index + 1}`), reader]
}

/** One below the other in the order of what they read, about where that is. */
function place(layer: Spot[], spots: readonly Spot[]): void {
  const wanted = (spot: Spot) => meanOf(spots.filter(({ key }) => spot.before.includes(key)))
  layer.sort((a, b) => (wanted(a) ?? 0) - (wanted(b) ?? 0))
  pack(layer, wanted)
}

function centre(layer: Spot[], spots: readonly Spot[]): void {
  pack(layer, (spot) => meanOf(spots.filter(({ before }) => before.includes(spot.key))) ?? spot.middle)
}

/** As near to where they want to be as their order and heights allow. */
function pack(layer: readonly Spot[], wanted: (spot: Spot) => number | undefined): void {
  const wishes = layer.map((spot) => wanted(spot) ?? spot.middle)
  let end = Number.NEGATIVE_INFINITY
  for (const [index, spot] of layer.entries()) {
    spot.middle = Math.max(wishes[index] ?? 0, end + spot.height / 2)
    end = spot.middle + spot.height / 2 + ROW_GAP
  }
  const shift = layer.reduce((sum, { middle }, index) => sum + (wishes[index] ?? 0) - middle, 0) / (layer.length || 1)
  for (const spot of layer) spot.middle += shift
}

function meanOf(spots: readonly Spot[]): number | undefined {
  return spots.length === 0 ? undefined : spots.reduce((sum, { middle }) => sum + middle, 0) / spots.length
}

function bent(points: readonly { x: number; y: number }[], boxWidth: number): string {
  const [first, ...rest] = points
  if (!first) return ''
  let path = `M${round(first.x + boxWidth)},${round(first.y)}`
  let from = { x: first.x + boxWidth, y: first.y }
  for (const [index, point] of rest.entries()) {
    const half = (point.x - from.x) / 2
    path += `C${round(from.x + half)},${round(from.y)} ${round(from.x + half)},${round(point.y)} ${round(point.x)},${round(point.y)}`
    from = point
    // Past the boxes of a layer it goes straight.
    if (index < rest.length - 1) {
      from = { x: point.x + boxWidth, y: point.y }
      path += `H${round(from.x)}`
    }
  }
  return path
}

/** One below the other, where there is no room beside: at the left a rail for whatever is read, with a branch to each that reads it. */
export function railed(nodes: readonly Node[], width: number, gap = 12): Layout {
  const depths = depthsOf(nodes)
  const sorted = [...nodes].sort((a, b) => (depths.get(a.id) ?? 0) - (depths.get(b.id) ?? 0))
  const order = sorted.map(({ id }) => id)
  const rowOf = new Map(order.map((id, row) => [id, row]))
  const readers = new Map(order.map((id) => [id, nodes.filter(({ reads }) => reads.includes(id))]))
  const lanes = lanesOf(order, rowOf, readers)
  const edge = lanes.size === 0 ? 0 : LANE * (Math.max(...lanes.values()) + 1) + 2
  const boxes = new Map<string, Box>()
  let y = 0
  for (const { id, height } of sorted) {
    boxes.set(id, { id, x: edge, y, width: Math.max(0, width - edge), height })
    y += height + gap
  }
  const middle = (id: string) => {
    const box = boxes.get(id)
    return box ? box.y + box.height / 2 : 0
  }
  const lines = order.flatMap((id) =>
    (readers.get(id) ?? []).map((reader) => {
      const x = edge - LANE * ((lanes.get(id) ?? 0) + 1)
      // They leave lower than others come in.
      const [leaves, comes] = [middle(id) + 8, middle(reader.id) - 8]
      const path = `M${edge},${leaves}H${x + 5}Q${x},${leaves} ${x},${leaves + 5}V${comes - 5}Q${x},${comes} ${x + 5},${comes}H${edge}`
      return { from: id, to: reader.id, path }
    }),
  )
  return { width, height: Math.max(0, y - gap), boxes: [...boxes.values()], lines }
}

/** The nearest rail that is free from what is read to the last that reads it. */
function lanesOf(
  order: readonly string[],
  rowOf: Map<string, number>,
  readers: Map<string, readonly Node[]>,
): Map<string, number> {
  const lanes = new Map<string, number>()
  const spans = order
    .flatMap((id) => {
      const rows = (readers.get(id) ?? []).map((reader) => rowOf.get(reader.id) ?? 0)
      return rows.length === 0 ? [] : [{ id, from: rowOf.get(id) ?? 0, to: Math.max(...rows) }]
    })
    .sort((a, b) => a.to - a.from - (b.to - b.from))
  const taken: { lane: number; from: number; to: number }[] = []
  for (const { id, from, to } of spans) {
    let lane = 0
    while (taken.some((other) => other.lane === lane && from < other.to && other.from < to)) lane += 1
    taken.push({ lane, from, to })
    lanes.set(id, lane)
  }
  return lanes
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** All that read it, directly or by others, in the order of the nodes. */
export function readersOf(nodes: readonly Pick<Node, 'id' | 'reads'>[], id: string): string[] {
  const found = new Set([id])
  let isMore = true
  while (isMore) {
    const next = nodes.filter((node) => !found.has(node.id) && node.reads.some((read) => found.has(read)))
    for (const node of next) found.add(node.id)
    isMore = next.length > 0
  }
  return nodes.flatMap((node) => (node.id !== id && found.has(node.id) ? [node.id] : []))
}
