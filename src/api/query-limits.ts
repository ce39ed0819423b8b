import { constants } from 'node:buffer'
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import {
  type FormattedExecutionResult,
  GraphQLError,
  Lexer,
  Source,
  TokenKind,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import { BadRequestError } from '../model/errors.ts'
import { isTooLongForText, jsonText } from '../model/exact-json.ts'
import { LimitError, type LimitName, type Limits, tooMuch } from '../model/limits.ts'
import { shown } from './errors.ts'
import { PassedText } from './passthrough/passed-text.ts'

/** Far more than a query needs, and far less than what the stack holds. */
const DEEPEST_VALUE = 500

/**
 * Lets a query's text pass that GraphQL can read, check and run without end of stack.
 * @throws LimitError where it is longer than it may be; BadRequestError where its values are nested too deep.
 */
export function checkText(query: string, limits: Limits): void {
  const bytes = Buffer.byteLength(query)
  if (bytes > limits.MAX_QUERY_BYTES) {
    throw tooMuch('MAX_QUERY_BYTES', limits, bytes, ['The query has', 'bytes', USE_VARIABLES])
  }
  // It has no more tokens than characters.
  if (query.length <= Math.min(DEEPEST_VALUE, limits.MAX_QUERY_TOKENS)) return
  const { tokens, depth } = measured(query, limits.MAX_QUERY_TOKENS)
  if (tokens > limits.MAX_QUERY_TOKENS) {
    throw tooMuch('MAX_QUERY_TOKENS', limits, tokens, ['The query has', 'tokens or more', USE_VARIABLES])
  }
  if (depth > DEEPEST_VALUE) {
    throw new BadRequestError(
      `A query may be nested ${DEEPEST_VALUE} levels deep, not ${depth}. What is nested deeper can be given by variables.`,
    )
  }
}

const USE_VARIABLES = 'Give values by variables.'

function measured(query: string, most: number): { tokens: number; depth: number } {
  const lexer = new Lexer(new Source(query))
  let [tokens, open, depth] = [0, 0, 0]
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF && tokens <= most; { kind } = lexer.advance()) {
      tokens += 1
      if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L) open += 1
      if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R) open -= 1
      depth = Math.max(depth, open)
    }
  } catch (error) {
    // The parser will refuse it there, if not before.
    if (!(error instanceof GraphQLError)) throw error
  }
  return { tokens, depth }
}

/** How deep fields may be nested, and how many may have another name. */
export function shapeRules(limits: Limits): ValidationRule[] {
  const options = (limit: LimitName) => ({
    n: limits[limit],
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null, { message }: GraphQLError) => {
        const [, text = message] = /^Syntax Error: (.*)$/.exec(message) ?? []
        context?.reportError(limitReached(new LimitError(limit, { allowed: limits[limit], message: text })))
      },
    ],
  })
  return [
    maxDepthRule({ ...options('MAX_QUERY_DEPTH'), flattenFragments: true }),
    // Without a list of its own `__typename` may have any number of names.
    maxAliasesRule({ ...options('MAX_QUERY_ALIASES'), allowList: [] }),
  ]
}

function limitReached(error: LimitError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error })
}

/** An answer as JSON, or the refusal of one that is too large. */
export function resultText(result: FormattedExecutionResult, limits: Limits): string {
  try {
    const text = result.data instanceof PassedText ? result.data.answer(result.extensions) : jsonText(result)
    const bytes = Buffer.byteLength(text)
    return bytes > limits.MAX_RESULT_BYTES ? tooLarge(limits, bytes, 'bytes') : text
  } catch (error) {
    if (isTooLongForText(error)) return tooLarge(limits, constants.MAX_STRING_LENGTH, 'bytes or more')
    throw error
  }
}

function tooLarge(limits: Limits, bytes: number, unit: string): string {
  return JSON.stringify(shown(tooMuch('MAX_RESULT_BYTES', limits, bytes, ['The answer has', unit, 'Ask for less.'])))
}
