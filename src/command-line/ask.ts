/** The API of a service in this process, as a client asks it. */
import type { Composition } from '../compose.ts'
import { SteelthreadError } from '../model/errors.ts'
import type { Receipt } from '../model/receipt.ts'

export interface Answer<Data> {
  data: Data
  extensions: { receipt?: Receipt }
}

/** What the API refused; its code and details are those of the API. */
export class ApiError extends SteelthreadError {
  readonly code: string

  constructor(message: string, { code, ...details }: { code: string } & Record<string, unknown>) {
    super(message, details)
    this.code = code
  }
}

/** @throws ApiError with the first thing that is wrong. */
export async function answerOf<Data>(
  { server }: Pick<Composition, 'server'>,
  query: string,
  variables: object = {},
): Promise<Answer<Data>> {
  const response = await server.inject({ method: 'POST', url: '/graphql', payload: { query, variables } })
  const answer = response.json<Answer<Data> & { errors?: { message: string; extensions: { code: string } }[] }>()
  const [error] = answer.errors ?? []
  if (error) throw new ApiError(error.message, error.extensions)
  return answer
}

/** The data of an answer. @throws ApiError likewise. */
export async function ask<Data>(
  service: Pick<Composition, 'server'>,
  query: string,
  variables?: object,
): Promise<Data> {
  return (await answerOf<Data>(service, query, variables)).data
}
