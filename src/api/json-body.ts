import { isUtf8 } from 'node:buffer'
import { BadRequestError } from '../model/errors.ts'
import { parseJson } from '../model/exact-json.ts'
import { GradedRoom, NOTHING_TO_LEAVE } from '../model/graded-room.ts'
import { LimitError, type LimitName, type Limits } from '../model/limits.ts'

/** The bodies of requests as JSON. Large ones wait for each other: together they are no larger than one may be. */
export class JsonBodies {
  private readonly limits: Limits
  private readonly room = new GradedRoom(1)

  constructor(limits: Limits) {
    this.limits = limits
  }

  /**
   * Runs `work` with what a body holds, every number with its digits, once there is room for it.
   * @param caller Tells callers apart: they take turns.
   * @throws BadRequestError where it isn't UTF-8 or no JSON; LimitError where it holds too many values.
   */
  async read<T>(
    body: Buffer,
    { signal, caller }: { signal: AbortSignal; caller: string },
    work: (json: unknown) => Promise<T>,
  ): Promise<T> {
    const { MAX_BODY_BYTES, MAX_BODY_VALUES } = this.limits
    // Few bytes can become so many objects that the memory ends.
    const values = countValues(body, MAX_BODY_VALUES)
    if (values > MAX_BODY_VALUES) throw bodyTooLarge('MAX_BODY_VALUES', 'values', this.limits)
    const leave = await this.room.enter(
      Math.max(body.length / MAX_BODY_BYTES, values / MAX_BODY_VALUES),
      signal,
      caller,
    )
    try {
      return await work(jsonOf(body))
    } finally {
      // Reading the next one blocks: whoever else waits for the loop comes first.
      if (leave !== NOTHING_TO_LEAVE) setImmediate(leave)
    }
  }
}

export function bodyTooLarge(limit: LimitName, unit: string, limits: Limits): LimitError {
  const allowed = limits[limit]
  const message = `A request has at most ${allowed.toLocaleString('en')} ${unit}. Send fewer rows at a time.`
  return new LimitError(limit, { allowed, message, status: 413 })
}

function jsonOf(body: Buffer): unknown {
  if (!isUtf8(body)) throw new BadRequestError('The body must be UTF-8; it holds bytes that are not.')
  const text = body.toString('utf8')
  try {
    return parseJson(text.startsWith('\ufeff') ? text.slice(1) : text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new BadRequestError(`The body must be JSON: ${reason}.`, {}, cause)
  }
}

/** How many values a JSON text holds at most: each but the first follows a bracket or a comma. Stops past `most`. */
function countValues(json: Buffer, most: number): number {
  let values = 1
  for (let at = 0; at < json.length && values <= most; at++) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfText(json, at)
    else if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) values += 1
  }
  return values
}

const [QUOTE, COMMA, OPEN_LIST, OPEN_OBJECT, BACKSLASH] = Buffer.from('",[{\\')

/** Where the text ends that starts here. */
function endOfText(json: Buffer, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at
}
