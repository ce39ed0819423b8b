import type { FastifyReply } from 'fastify'
import { LRUCache } from 'lru-cache'

/** Browsers and libraries have few ways to say it. */
const MOST_REMEMBERED = 100

/** In which type answers are sent, by what requests accept: as Apollo Server chose. */
export class MediaTypes {
  private readonly known = new LRUCache<string, string>({ max: MOST_REMEMBERED })

  /** Undefined until it was learned. */
  of(accept = ''): string | undefined {
    return this.known.get(accept)
  }

  /** @param reply What Apollo Server answered, not sent yet. */
  learn(accept = '', reply: FastifyReply): void {
    const type = reply.getHeader('content-type')
    if (reply.statusCode === 200 && typeof type === 'string') this.known.set(accept, type)
  }
}
