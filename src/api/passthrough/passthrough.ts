/** What is selected is stored: Postgres writes the answer's text, and it is sent as it is. All else is answered the ordinary way. */
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server'
import { GraphQLError, type GraphQLSchema, getArgumentValues, getOperationAST } from 'graphql'
import { countActivities } from '../../cache/activity-pages.ts'
import { NOT_YET } from '../../freshness/read/moment.ts'
import { SteelthreadError } from '../../model/errors.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../../model/receipt.ts'
import { inSpan } from '../../model/spans.ts'
import type { AccessCheck } from '../access/access-check.ts'
import { type ActivitiesArgs, activityQuery } from '../activity-query.ts'
import { type CostGate, variablesOf } from '../cost-gate.ts'
import { isNulInText, type OnInternalError } from '../errors.ts'
import { operationSpan } from '../operation-span.ts'
import { isPageSize, pageInfoOf } from '../pagination.ts'
import { resultText } from '../query-limits.ts'
import { type RequestContext, receiptOf } from '../request-context.ts'
import type { Service } from '../service.ts'
import { KnownDocuments } from './known-documents.ts'
import { type ConnectionPart, operationCompiler, type PassedOperation, type PassedPage } from './passed-operation.ts'
import { PassedText } from './passed-text.ts'

/**
 * Answers queries for pages of activities in which nothing is selected but what is stored. Nobody can tell by the
 * answer: what can't be passed through, or comes to an error, is left to the executor.
 */
export class Passthrough {
  private readonly service: Service
  private readonly schema: GraphQLSchema
  private readonly gate: CostGate
  private readonly access: AccessCheck
  private readonly onError: OnInternalError
  private readonly compiled: ReturnType<typeof operationCompiler>
  private readonly known = new KnownDocuments()

  /** @param onError Told of errors that nobody expects; then the executor has its own try. */
  constructor(
    service: Service,
    schema: GraphQLSchema,
    { gate, access }: { gate: CostGate; access: AccessCheck },
    onError: OnInternalError,
  ) {
    this.service = service
    this.schema = schema
    this.gate = gate
    this.access = access
    this.onError = onError
    this.compiled = operationCompiler(schema)
  }

  /** In Apollo Server: what it has parsed and checked. */
  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      responseForOperation: async (asked) => {
        const { document, operation, contextValue: context } = asked
        const { variables } = context
        const passed = variables && this.compiled(document, operation, variables, context)
        const pages = passed && pagesOf(passed, variables)
        const text = pages && (await this.textOf(pages, context))
        if (!text) return null
        this.known.add(asked)
        const data = new PassedText(text) as unknown as Record<string, unknown>
        return {
          http: { status: undefined, headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { data } },
        }
      },
    }),
  }

  /**
   * Past Apollo Server: the whole answer to a query that it has seen before; null where it is to answer.
   * @param body That of a POST request.
   */
  async answer(body: unknown, context: RequestContext): Promise<string | null> {
    const request = this.known.requestIn(body)
    if (!request) return null
    const { document } = request
    const operation = getOperationAST(document, request.operationName)
    if (operation) this.access.check(document, operation, context.caller)
    const variables = operation && variablesOf(this.schema, operation, request.variables)
    const passed = variables && this.compiled(document, operation, variables, context)
    const pages = passed && pagesOf(passed, variables)
    if (!pages) return null
    const sizes = pages.map(([, page]) => ('json' in page ? '' : `${page.args.first} ${page.args.last}`)).join()
    const cost = passed.costs.get(sizes) ?? this.gate.ampleCost({ schema: this.schema, document, operation, variables })
    if (!cost) return null
    passed.costs.set(sizes, cost)
    const leave = await this.gate.enterAt(cost, context)
    try {
      const text = await this.textOf(pages, context)
      if (!text) return null
      const { gathered, limits } = context
      gathered.isFromCache = true
      const extensions = gathered.receipt && { receipt: gathered.receipt }
      return `${resultText({ data: new PassedText(text) as never, extensions }, limits)}\n`
    } finally {
      leave()
    }
  }

  /** The text of `data`, all of it out of one snapshot; null where the executor is to answer. */
  private textOf(pages: readonly AskedField[], context: RequestContext): Promise<string | null> {
    return inSpan(operationSpan('query'), () => this.textNow(pages, context))
  }

  private async textNow(pages: readonly AskedField[], context: RequestContext): Promise<string | null> {
    const receipt = emptyReceipt()
    const asked = pages.flatMap(([, page]) => ('json' in page ? [] : [page]))
    const isOneStatement = asked.length === 1 && !asked[0]?.isCounted
    const text = isOneStatement
      ? await this.textIn(pages, context, receipt)
      : await context.freshness.inOneMoment(receipt, context.signal, (freshness, database) =>
          this.textIn(pages, { ...context, freshness, database }, receipt),
        )
    // The executor looks at all of it again, and finds done what was done.
    if (asked.some(({ stages }) => stages.length > 0)) {
      addReceipt(receiptOf(context), text === null ? { ...receipt, checked: 0 } : receipt)
    }
    return text
  }

  private async textIn(
    pages: readonly AskedField[],
    context: RequestContext,
    receipt: Receipt,
  ): Promise<string | null> {
    const texts = await Promise.all(
      pages.map(async ([key, page]) => {
        if ('json' in page) return page.json
        try {
          return await pageText(page, this.service, context, receipt)
        } catch (error) {
          if (error instanceof SteelthreadError) context.failures.set(key, error)
          else if (error !== NOT_YET && !isNulInText(error)) this.onError(error, context.gathered.requestId)
          return null
        }
      }),
    )
    return texts.every((text) => text !== null) ? object(pages.map(([key], i) => [key, texts[i] ?? ''])) : null
  }
}

/** A field of the root under its key in the answer. */
type AskedField = readonly [key: string, page: { json: string } | AskedPage]

/** A page with the arguments that a request gives. */
interface AskedPage extends PassedPage {
  args: ActivitiesArgs
}

/** The operation's fields with their arguments; null where one is wrong: the executor says so. */
function pagesOf({ fields }: PassedOperation, variables: Record<string, unknown>): AskedField[] | null {
  try {
    const pages = fields.map(([key, page]) => {
      if ('json' in page) return [key, page] as const
      const args = getArgumentValues(page.field, page.node, variables) as unknown as ActivitiesArgs
      return [key, { ...page, args }] as const
    })
    const areAllowed = pages.every(
      // A past is computed, not stored.
      ([, page]) => 'json' in page || (isPageSize(page.args.first) && isPageSize(page.args.last) && !page.args.asOf),
    )
    return areAllowed ? pages : null
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

async function pageText(
  { args, stages, writing, isCounted, entries }: AskedPage,
  service: Service,
  context: RequestContext,
  receipt: Receipt,
): Promise<string | null> {
  const { page, place, cursorOf, cursorSql } = await activityQuery(service, args, context)
  const found = await context.freshness.activitiesText(
    page,
    stages,
    { ...writing, cursorSql, isReversed: place.backward },
    receipt,
  )
  if (!found) return null
  const total = isCounted ? await countActivities(context.database.sql, page.criteria) : 0
  const pageInfo = pageInfoOf(place, found.hasMore, (at) => {
    const end = at === 0 ? found.first : found.last
    return end && cursorOf(end)
  })
  const json = (part: ConnectionPart): string => {
    if (part === 'totalCount') return String(total)
    if ('json' in part) return part.json
    if ('list' in part) return `[${found.lists[part.list]}]`
    return object(
      part.pageInfo.map(([key, name]) => [key, typeof name === 'object' ? name.json : JSON.stringify(pageInfo[name])]),
    )
  }
  return object(entries.map(([key, part]) => [key, json(part)]))
}

function object(entries: readonly (readonly [key: string, json: string])[]): string {
  return `{${entries.map(([key, json]) => `"${key}":${json}`).join(',')}}`
}
