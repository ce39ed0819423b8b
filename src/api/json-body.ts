import { isUtf8 } from 'node:buffer'
import { BadRequestError } from '../model/errors.ts'
import { parseJson } from '../model/exact-json.ts'

/**
 * The JSON of a request's body, every number with its digits.
 * @throws BadRequestError where it isn't UTF-8 or no JSON.
 */
export function jsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw new BadRequestError('The body must be UTF-8; it holds bytes that are not.')
  const text = body.toString('utf8')
  try {
    return parseJson(text.startsWith('\ufeff') ? text.slice(1) : text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new BadRequestError(`The body must be JSON: ${reason}.`, {}, cause)
  }
}
