/** What is selected is stored: Postgres writes the answer's text, and it is sent as it is. All else is answered the ordinary way. */
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server'
import { GraphQLError, type GraphQLSchema, getArgumentValues } from 'graphql'
import { countActivities } from '../../cache/activity-pages.ts'
import { SteelthreadError } from '../../model/errors.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../../model/receipt.ts'
import { type ActivitiesArgs, activityQuery } from '../activity-query.ts'
import { isPageSize, pageInfoOf } from '../pagination.ts'
import { type RequestContext, receiptOf } from '../request-context.ts'
import type { Service } from '../service.ts'
import { type ConnectionPart, operationCompiler, type PassedOperation, type PassedPage } from './passed-operation.ts'
import { PassedText } from './passed-text.ts'

/**
 * Answers queries for pages of activities in which nothing is selected but what is stored. Nobody can tell by the
 * answer: what can't be passed through, or comes to an error, is left to the executor.
 * @param onError Told of errors that nobody expects; then the executor has its own try.
 */
export function passthrough(
  service: Service,
  schema: GraphQLSchema,
  onError: (error: unknown) => void,
): ApolloServerPlugin<RequestContext> {
  const compiled = operationCompiler(schema, service.freshness)
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operation, contextValue }) {
          const { variables } = contextValue
          const passed = variables && compiled(document, operation, variables)
          const text = passed && (await textOf(passed, service, contextValue, variables, onError))
          if (!text) return null
          const data = new PassedText(text) as unknown as Record<string, unknown>
          return {
            http: { status: undefined, headers: new HeaderMap() },
            body: { kind: 'single', singleResult: { data } },
          }
        },
      }
    },
  }
}

/** The text of `data`, every field of it out of a snapshot of its own, as fields are; null where the executor is to answer. */
async function textOf(
  passed: PassedOperation,
  service: Service,
  context: RequestContext,
  variables: Record<string, unknown>,
  onError: (error: unknown) => void,
): Promise<string | null> {
  const receipts: Receipt[] = []
  const texts = await Promise.all(
    passed.map(async ([key, field]) => {
      if ('json' in field) return field.json
      const receipt = emptyReceipt()
      try {
        return await pageText(field, service, context, variables, receipt)
      } catch (error) {
        if (error instanceof SteelthreadError) context.failures.set(key, error)
        // Where an argument is wrong, the executor says so.
        else if (!(error instanceof GraphQLError)) onError(error)
        return null
      } finally {
        if (field.stages.length > 0) receipts.push(receipt)
      }
    }),
  )
  const isPassed = texts.every((text) => text !== null)
  // The executor looks at all of it again, and finds done what was done.
  for (const receipt of receipts) addReceipt(receiptOf(context), isPassed ? receipt : { ...receipt, checked: 0 })
  return isPassed ? object(passed.map(([key], i) => [key, texts[i] ?? ''])) : null
}

async function pageText(
  { field, node, stages, writing, isCounted, entries }: PassedPage,
  service: Service,
  context: RequestContext,
  variables: Record<string, unknown>,
  receipt: Receipt,
): Promise<string | null> {
  const args = getArgumentValues(field, node, variables) as unknown as ActivitiesArgs
  if (!isPageSize(args.first) || !isPageSize(args.last)) return null
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
