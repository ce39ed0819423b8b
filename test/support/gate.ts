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
  let port = 0

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
        if (!isSilent) to.write(bytes)
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
    silence: () => {
      isSilent = true
    },
    silenceAfter: (bytes) => {
      left = bytes
    },
  }
}
