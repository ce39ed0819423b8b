/** The broker that leads to processes which run stages: its variables, and what they come to. */
import { z } from 'zod'
import { BROKER_URL_ADVICE, isBrokerUrl } from './urls.ts'
import { wholeNumber } from './whole-number.ts'

const DEFAULT_BROKER_KEEP_DAYS = 7
const DEFAULT_BROKER_MAX_BYTES = 256 * 1024 * 1024

export const brokerVariables = {
  BROKER_URL: z.string().refine(isBrokerUrl, BROKER_URL_ADVICE).optional(),
  BROKER_PREFIX: z
    .string()
    .regex(/^[\w-]{1,64}(\.[\w-]{1,64}){0,3}$/, 'must be a word such as steelthread, or several with dots between them')
    .default('steelthread'),
  BROKER_CREDENTIALS: z.string().optional(),
  BROKER_TLS_CA: z.string().optional(),
  BROKER_TLS_CERT: z.string().optional(),
  BROKER_TLS_KEY: z.string().optional(),
  BROKER_KEEP: z
    .string()
    .regex(/^[1-9]\d{0,3}d$/, 'must be a number of days such as 7d')
    .transform((text) => Number.parseInt(text, 10))
    .default(DEFAULT_BROKER_KEEP_DAYS),
  BROKER_MAX_BYTES: wholeNumber.default(DEFAULT_BROKER_MAX_BYTES),
  BROKER_REPLICAS: z
    .string()
    .regex(/^[1-5]$/, 'must be a number of servers from 1 to 5')
    .transform(Number)
    .default(1),
}

/** How the broker is reached; paths are of files. */
export interface BrokerConfig {
  url: string
  /** With it begin the names of all that goes over it. */
  prefix: string
  credentialsFile: string | undefined
  tls: { caFile: string | undefined; certFile: string | undefined; keyFile: string | undefined }
  /** For so long it keeps events, up to so many bytes, on so many servers. */
  keepDays: number
  mostBytes: number
  replicas: number
}

/** Undefined where there is none. */
export function brokerOf(variables: z.infer<z.ZodObject<typeof brokerVariables>>): BrokerConfig | undefined {
  if (!variables.BROKER_URL) return undefined
  return {
    url: variables.BROKER_URL,
    prefix: variables.BROKER_PREFIX,
    credentialsFile: variables.BROKER_CREDENTIALS,
    tls: {
      caFile: variables.BROKER_TLS_CA,
      certFile: variables.BROKER_TLS_CERT,
      keyFile: variables.BROKER_TLS_KEY,
    },
    keepDays: variables.BROKER_KEEP,
    mostBytes: variables.BROKER_MAX_BYTES,
    replicas: variables.BROKER_REPLICAS,
  }
}
