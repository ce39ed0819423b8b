import { parseArgs } from 'node:util'

const OPTIONS = {
  size: { type: 'string', default: '200000' },
  runs: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '4' },
  /** Prints only: for trying things out. */
  dry: { type: 'boolean', default: false },
  /** Holds what is measured against what is committed; writes nothing. */
  guard: { type: 'boolean', default: false },
}
const USAGE = 'npm run bench -- [name …] [--size 200000] [--runs 5] [--seconds 4] [--dry] [--guard]'

/**
 * What the command line asks for; all cases where it names none.
 * @param {readonly string[]} args
 * @param {readonly import('./case.mjs').Case[]} cases
 * @throws {ArgumentError}
 */
export function argumentsOf(args, cases) {
  const { values, positionals } = parse(args)
  const names = cases.map(({ name }) => name)
  const unknown = positionals.filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new ArgumentError(`There is no case ${unknown.join(', ')}; there is ${names.join(', ')}.`)
  return {
    chosen: cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    size: whole(values, 'size', 10_000),
    runs: whole(values, 'runs', 1),
    seconds: whole(values, 'seconds', 1),
    dry: values.dry,
    guard: values.guard,
  }
}

/** Says what is wrong with the command line. */
export class ArgumentError extends Error {}

function parse(args) {
  try {
    return parseArgs({ args, allowPositionals: true, options: OPTIONS })
  } catch (error) {
    const [wrong] = error.message.split(/\.\s|\.$/m)
    throw new ArgumentError(`${wrong}; it is ${USAGE}`)
  }
}

function whole(values, name, least) {
  const number = Number(values[name])
  if (Number.isInteger(number) && number >= least) return number
  throw new ArgumentError(`--${name} must be a whole number from ${least} up, not "${values[name]}".`)
}
