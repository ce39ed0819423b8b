/** What moved between two periods. */
import type { Whole } from '../../model/figures.ts'

interface KindSums {
  stereotypeCode?: string | null
  stereotypes?: readonly { name: string }[]
  nvaSeconds?: Whole
}

export interface Move {
  name: string
  /** More, or less, without value. */
  seconds: number
}

/** The kind of activity that went furthest in the direction of the whole change; undefined where none did. */
export function biggestMove(now: readonly KindSums[], before: readonly KindSums[], change: number): Move | undefined {
  if (change === 0) return undefined
  const was = new Map(before.map(({ stereotypeCode, nvaSeconds }) => [stereotypeCode, Number(nvaSeconds ?? 0)]))
  const names = new Map(now.map((kind) => [kind.stereotypeCode, kindName(kind)]))
  const moves = [...new Set([...names.keys(), ...was.keys()])].map((code) => {
    const is = Number(now.find(({ stereotypeCode }) => stereotypeCode === code)?.nvaSeconds ?? 0)
    return { name: names.get(code) ?? code ?? '', seconds: is - (was.get(code) ?? 0) }
  })
  const along = moves.filter(({ seconds }) => seconds !== 0 && Math.sign(seconds) === Math.sign(change))
  return along.sort((a, b) => Math.abs(b.seconds) - Math.abs(a.seconds))[0]
}

/** What people call a kind of activity; stereotypes of one code may have several names. */
export function kindName({ stereotypes = [], stereotypeCode }: KindSums): string {
  const names = [...new Set(stereotypes.map(({ name }) => name))]
  return names.slice(0, 2).join(' / ') || stereotypeCode || 'no kind'
}
