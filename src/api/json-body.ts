import { isUtf8 } from 'node:buffer'
import { GraphQLError, Lexer, Source, TokenKind } from 'graphql'
import { BadRequestError } from '../model/errors.ts'
import { parseJson } from '../model/exact-json.ts'

/** Far more than a query needs, and far less than what the stack holds. */
const DEEPEST_QUERY = 500

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

/**
 * Lets a query pass that GraphQL can read, check and run without end of stack.
 * @throws BadRequestError where it is nested deeper.
 */
export function checkNesting(query: string): void {
  const brackets = query.match(/[{[(]/g)
  if (!brackets || brackets.length <= DEEPEST_QUERY) return
  const depth = deepest(query)
  if (depth > DEEPEST_QUERY) {
    throw new BadRequestError(
      `A query may be nested ${DEEPEST_QUERY} levels deep, not ${depth}. What is nested deeper can be given by variables.`,
    )
  }
}

function deepest(query: string): number {
  const lexer = new Lexer(new Source(query))
  let depth = 0
  let most = 0
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
      if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L) depth += 1
      if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R) depth -= 1
      most = Math.max(most, depth)
    }
  } catch (error) {
    // The parser will refuse it there, if not before.
    if (!(error instanceof GraphQLError)) throw error
  }
  return most
}
