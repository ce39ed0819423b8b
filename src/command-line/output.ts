/** What commands print: lines and tables for people, or JSON for programs. Progress and errors go to stderr. */
import { SingleBar } from 'cli-progress'
import Table from 'cli-table3'
import { hintFor } from '../exit-with.ts'
import { isIsoDate } from '../model/calendar.ts'
import { SteelthreadError } from '../model/errors.ts'
import { jsonText } from '../model/exact-json.ts'
import { printable } from '../model/excerpts.ts'
import type { PullProgress } from '../source/pull.ts'

export interface OutputOptions {
  json?: boolean
}

/** Prints what came of a command: the value as JSON, or the text that people read. */
export function print({ json = false }: OutputOptions, value: unknown, text: () => string): void {
  process.stdout.write(`${json ? jsonText(value) : text()}\n`)
}

/** Rows under their heads, without lines; what is missing is a dash. */
export function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const none = Object.fromEntries(BORDERS.map((border) => [border, '']))
  const made = new Table({
    head: [...heads],
    chars: { ...none, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  made.push(...rows.map((row) => row.map(shown)))
  return made.toString().replaceAll(/ +$/gm, '')
}

const BORDERS = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
]

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  return typeof value === 'number' ? value.toLocaleString('en') : printable(String(value))
}

/** A bar on a terminal: rows, rate, time left. Nothing where stderr is none, or JSON is asked for. */
export class Progress {
  private readonly bar: SingleBar | undefined
  private readonly began = performance.now()
  private isShown = false

  constructor({ json = false }: OutputOptions) {
    if (json || !process.stderr.isTTY) return
    const format = '{bar} {percentage} %  {value} of {total} rows  {rate}'
    this.bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 24 })
  }

  readonly tell = ({ rows, total }: PullProgress): void => {
    const seconds = (performance.now() - this.began) / 1_000
    const left = Math.ceil(((total - rows) * seconds) / rows)
    const rate = rows > 0 ? `${Math.round(rows / seconds).toLocaleString('en')} rows/s  ${left} s left` : ''
    if (this.isShown) this.bar?.setTotal(total)
    else this.bar?.start(total, 0, { rate })
    this.isShown = true
    this.bar?.update(rows, { rate })
  }

  end(): void {
    this.bar?.stop()
  }
}

/** A command that makes no sense as it was given. */
export class MisuseError extends SteelthreadError {
  readonly code = 'MISUSED'
}

/** The time that an option gives; of a day it is the beginning, in UTC. @throws MisuseError where it is none. */
export function timeIn(option: string, text: string): Date {
  const time = new Date(isIsoDate(text) ? `${text}T00:00:00Z` : text)
  if (!Number.isNaN(time.getTime())) return time
  throw new MisuseError(`${option} must be a time such as 2026-03-02 or 2026-03-02T10:00:00Z, not ${text}`)
}

/** Says on stderr what is wrong, in one line, or as JSON. */
export function printError(error: unknown, { json = false }: OutputOptions): void {
  const message = error instanceof Error ? hintFor(error) : String(error)
  if (!json) return void process.stderr.write(`steelthread: ${printable(message)}\n`)
  const { code, details } = error instanceof SteelthreadError ? error : { code: 'FAILED', details: {} }
  process.stderr.write(`${jsonText({ error: { code, message, ...details } })}\n`)
}
