import { createRequire } from 'node:module'
import { FAULTS } from './faults.mjs'

const { default: Sequencer } = createRequire(createRequire(import.meta.url).resolve('jest'))('@jest/test-sequencer')

const PLACES = FAULTS.flatMap(({ files }) => files)

/** Files of a fault come one after the other. */
export default class FaultSequencer extends Sequencer {
  sort(tests) {
    const placeOf = ({ path }) => PLACES.findIndex((file) => path.endsWith(`/${file}`))
    return [...tests].sort((a, b) => placeOf(a) - placeOf(b))
  }
}
