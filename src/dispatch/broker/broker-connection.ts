/** The connection to the broker, which is made anew for as long as it takes. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { checkServerIdentity } from 'node:tls'
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  type NodeConnectionOptions,
  type Subscription,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node'

/** How the broker is reached. */
export interface BrokerSettings {
  /** `nats://` or `tls://`, several with commas between them; a user and password may be in it. */
  url: string
  /** With it begin all subjects, so that several installations can share one broker. */
  prefix: string
  credentialsFile?: string | undefined
  tls?: { caFile?: string | undefined; certFile?: string | undefined; keyFile?: string | undefined } | undefined
}

/** Told of what an operator wants to know: `isAway` is false once the broker is found again. */
export type OnBrokerState = (state: { isAway: boolean; server?: string; reason?: string }) => void

/** What is heard on a subject, from now on and over every connection. */
interface Hearing {
  subject: string
  queue: string | undefined
  hear: (message: Msg) => void
  /** On the connection that there is. */
  subscription?: Subscription
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5_000
const CONNECT_MS = 5_000
/** A broker that misses two is away. */
const PING_MS = 4_000
const FLUSH_MS = 1_000

export class BrokerConnection {
  readonly prefix: string
  private readonly settings: BrokerSettings
  private readonly onState: OnBrokerState
  private readonly hearings: Hearing[] = []
  private readonly losses: (() => void)[] = []
  private readonly uses: ((connection: NatsConnection) => void)[] = []
  private readonly stopping = new AbortController()
  private readonly waiting = new Set<() => void>()
  private connection: NatsConnection | undefined
  private isAway: boolean | undefined
  private readonly running: Promise<void>

  constructor(settings: BrokerSettings, onState: OnBrokerState) {
    this.settings = settings
    this.prefix = settings.prefix
    this.onState = onState
    this.running = this.keepConnected()
  }

  get isConnected(): boolean {
    return this.isAway === false
  }

  /** Resolves to whether the broker is there, once it is or after so long. */
  async connectedWithin(ms: number): Promise<boolean> {
    if (this.isConnected || ms <= 0) return this.isConnected
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    this.waiting.add(arrived)
    const over = new AbortController()
    await Promise.race([arrival, delay(ms, undefined, over)])
    over.abort()
    this.waiting.delete(arrived)
    return this.isConnected
  }

  /** Tells each time that the broker is lost. */
  onLost(tell: () => void): void {
    this.losses.push(tell)
  }

  /** Tells of every connection that is made anew; one may be lost and found many times. */
  onConnection(use: (connection: NatsConnection) => void): void {
    this.uses.push(use)
    if (this.connection) use(this.connection)
  }

  /**
   * Hears what is sent to a subject, until the returned is called; of those who hear it with the same queue, one each time. What `hear` fails
   * to read is let go.
   */
  hear(subject: string, hear: Hearing['hear'], queue?: string): () => void {
    const hearing: Hearing = { subject, queue, hear }
    this.hearings.push(hearing)
    if (this.connection) subscribe(this.connection, hearing)
    return () => this.endHearing(hearing)
  }

  /** Sends; what can't be sent is lost. */
  send(subject: string, message: unknown, reply?: string): void {
    try {
      this.connection?.publish(subject, JSON.stringify(message), reply === undefined ? {} : { reply })
    } catch {
      // It was closed under it: whoever waits for an answer asks again.
    }
  }

  /** Resolves once what was sent to this process before is heard, or where the broker doesn't answer for long. */
  async flush(): Promise<void> {
    if (!this.isConnected) return
    const late = delay(FLUSH_MS, undefined, { ref: false })
    await Promise.race([this.connection?.flush().catch(() => undefined), late])
  }

  /** Leaves to others what is sent to queues. What was sent to this process before is heard by the time that it resolves. */
  async leaveQueues(): Promise<void> {
    for (const hearing of this.hearings.filter(({ queue }) => queue !== undefined)) {
      this.endHearing(hearing)
    }
    await this.flush()
  }

  async close(): Promise<void> {
    this.stopping.abort()
    await this.connection?.close().catch(() => undefined)
    await this.running
  }

  private endHearing(hearing: Hearing): void {
    hearing.subscription?.unsubscribe()
    const place = this.hearings.indexOf(hearing)
    if (place >= 0) this.hearings.splice(place, 1)
  }

  private async keepConnected(): Promise<void> {
    const { signal } = this.stopping
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const connection = await connect(await optionsOf(this.settings))
        this.connection = connection
        for (const hearing of this.hearings) subscribe(connection, hearing)
        if (signal.aborted) await connection.close()
        this.arrive(connection.getServer())
        for (const use of this.uses) use(connection)
        pause = FIRST_PAUSE_MS
        this.watch(connection)
        this.leave(reasonOf(await connection.closed()))
      } catch (error) {
        this.leave(reasonOf(error))
      }
      this.connection = undefined
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect' || status.type === 'staleConnection') this.leave('the connection was lost')
      if (status.type === 'reconnect') this.arrive(status.server)
    }
  }

  private arrive(server: string): void {
    this.isAway = false
    for (const resolve of this.waiting) resolve()
    if (!this.stopping.signal.aborted) this.onState({ isAway: false, server })
  }

  private leave(reason: string): void {
    const isNews = this.isAway !== true
    this.isAway = true
    if (!isNews) return
    if (!this.stopping.signal.aborted) this.onState({ isAway: true, reason })
    for (const tell of this.losses) tell()
  }
}

function subscribe(connection: NatsConnection, hearing: Hearing): void {
  const { subject, queue, hear } = hearing
  hearing.subscription = connection.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error, message) => {
      if (error) return
      try {
        hear(message)
      } catch {
        // Whoever may send to the broker may send anything; what is ours is asked again.
      }
    },
  })
}

async function optionsOf({ url, credentialsFile, tls }: BrokerSettings): Promise<NodeConnectionOptions> {
  const urls = url.split(',').map((each) => new URL(each))
  const [{ username, password, protocol }] = urls as [URL]
  const options: ConnectionOptions = {
    servers: urls.map(({ host }) => host),
    name: 'steelthread',
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: FIRST_PAUSE_MS,
    reconnectJitter: FIRST_PAUSE_MS,
    // A broker that is set up anew may refuse everybody for a moment.
    ignoreAuthErrorAbort: true,
  }
  if (credentialsFile !== undefined) options.authenticator = credsAuthenticator(await readFile(credentialsFile))
  else if (username) {
    options.authenticator = usernamePasswordAuthenticator(decodeURIComponent(username), decodeURIComponent(password))
  }
  const files = Object.fromEntries(Object.entries(tls ?? {}).filter(([, file]) => file !== undefined))
  if (protocol === 'tls:' || Object.keys(files).length > 0) {
    // The client names no host to be checked where that is an address.
    const addresses = urls.map(({ hostname }) => hostname.replace(/^\[|\]$/g, '')).filter(isIP)
    const check: typeof checkServerIdentity = (name, certificate) => {
      const isOurs = addresses.some((address) => checkServerIdentity(address, certificate) === undefined)
      return isOurs ? undefined : checkServerIdentity(name, certificate)
    }
    options.tls = { ...files, checkServerIdentity: check } as NonNullable<typeof options.tls>
  }
  return options
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the connection was closed'
}
