import { isUtf8 } from 'node:buffer'
import { BadRequestError } from '../model/errors.ts'
import { parseJson } from '../model/exact-json.ts'
import { LimitError, type LimitName, type Limits } from '../model/limits.ts'

/**
 * The JSON of a request's body, every number with its digits.
 * @throws BadRequestError where it isn't UTF-8 or no JSON; LimitError, before it is read, where it holds too many values.
 */
export function jsonBody(body: Buffer, limits: Limits): unknown {
  // Few bytes can become so many objects that the memory ends.
  if (mayHoldMore(body, limits.MAX_BODY_VALUES)) throw bodyTooLarge('MAX_BODY_VALUES', 'values', limits)
  if (!isUtf8(body)) throw new BadRequestError('The body must be UTF-8; it holds bytes that are not.')
  const text = body.toString('utf8')
  try {
    return parseJson(text.startsWith('\ufeff') ? text.slice(1) : text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new BadRequestError(`The body must be JSON: ${reason}.`, {}, cause)
  }
}

export function bodyTooLarge(limit: LimitName, unit: string, limits: Limits): LimitError {
  const allowed = limits[limit]
  const message = `A request has at most ${allowed.toLocaleString('en')} ${unit}. Send fewer rows at a time.`
  return new LimitError(limit, { allowed, message, status: 413 })
}

/** Whether a JSON text may hold more values than these: each but the first follows a bracket or a comma. */
function mayHoldMore(json: Buffer, most: number): boolean {
  if (json.length <= 2 * most) return false
  let values = 1
  for (let at = 0; at < json.length && values <= most; at++) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfText(json, at)
    else if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) values += 1
  }
  return values > most
}

const [QUOTE, COMMA, OPEN_LIST, OPEN_OBJECT, BACKSLASH] = Buffer.from('",[{\\')

/** Where the text ends that starts here. */
function endOfText(json: Buffer, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at
}
