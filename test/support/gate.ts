import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What stands between a client and a server: it lets through what they say, until told otherwise. */
export interface Gate {
  /** The same URL through the gate. */
  through(url: string): string
  /** Connections end as by a crash, and new ones are refused. */
  shut(): Promise<void>
  /** Nothing is let through any more, and nobody is told: connections stay open, new ones are taken. */
  silence(): void
  /** The same once so many bytes more have come from the server. */
  silenceAfter(bytes: number): void
  /** Resolves when exactly so many bytes more have gone to the server: nothing more goes there until it is opened. */
  afterSending(bytes: number): Promise<void>
  /** How many bytes have gone to the server. */
  readonly sent: number
  /** All is let through again; connections that were silenced end. */
  open(): Promise<void>
  close(): Promise<void>
}

/** A gate before the server that a URL leads to. */
export async function gateBefore(url: string): Promise<Gate> {
  const target = new URL(url)
  const server = createServer(take)
  const sockets = new Set<Socket>()
  let isSilent = false
  let left = Number.POSITIVE_INFINITY
  let sent = 0
  let until: { bytes: number; reached(): void } | undefined
  let port = 0

  function send(behind: Socket, bytes: Buffer): void {
    const passed = until ? bytes.subarray(0, Math.max(0, until.bytes - sent)) : bytes
    sent += passed.length
    behind.write(passed)
    if (until && sent >= until.bytes) until.reached()
  }

  function take(client: Socket): void {
    sockets.add(client)
    client.on('error', () => undefined).on('close', () => sockets.delete(client))
    if (isSilent) return
    const behind = connect(Number(target.port), target.hostname)
    sockets.add(behind)
    behind.on('error', () => undefined).on('close', () => sockets.delete(behind))
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      from.on('data', (bytes) => {
        if (from === behind) left -= bytes.length
        isSilent ||= left <= 0
        if (isSilent) return
        if (to === behind) send(behind, bytes)
        else to.write(bytes)
      })
      from.on('close', () => !isSilent && to.destroy())
    }
  }

  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const open = async () => {
    if (isSilent) cut()
    isSilent = false
    left = Number.POSITIVE_INFINITY
    until = undefined
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address ? address.port : 0
  }
  const shut = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    cut()
    await closed
  }
  await open()
  return {
    through: (text) => Object.assign(new URL(text), { hostname: '127.0.0.1', port: String(port) }).href,
    shut,
    open,
    close: shut,
    afterSending: (bytes) =>
      new Promise((reached) => {
        until = { bytes: sent + bytes, reached }
      }),
    get sent() {
      return sent
    },
    silence: () => {
      isSilent = true
    },
    silenceAfter: (bytes) => {
      left = bytes
    },
  }
}
