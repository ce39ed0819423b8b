import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { testService } from '../support/service.ts'

/** What a service that stops answers to a request whose beginning had come in before. */
async function answerWhileStopping(path: string): Promise<{ head: string; body: unknown }> {
  const service = await testService()
  await service.server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = service.server.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  const begun = (asked: string) => `GET ${asked} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
  // Both in one piece: once the first is answered, the beginning of the second is there.
  socket.write(`${begun('/healthz')}\r\n${begun(path)}`)
  await once(socket, 'data')
  const stopped = service.stop()
  socket.write('\r\n')
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  await stopped
  return { head, body: JSON.parse(body) }
}

test('/readyz says that the service is stopping', async () => {
  const { head, body } = await answerWhileStopping('/readyz')
  expect(head).toMatch(/^HTTP\/1\.1 503 /)
  expect(head).toMatch(/^connection: close$/im)
  expect(body).toEqual({ status: 'stopping' })
})

test.each(['/graphql?query={__typename}', '/', '/nowhere'])('%s is refused, which says why', async (path) => {
  const { head, body } = await answerWhileStopping(path)
  expect(head).toMatch(/^HTTP\/1\.1 503 /)
  expect(head).toMatch(/^connection: close$/im)
  expect(body).toEqual({
    errors: [{ message: expect.stringMatching(/^The service is stopping/), extensions: { code: 'UNAVAILABLE' } }],
  })
})

test('who sends by a connection that was kept open is answered, and who comes anew, as long as it lingers', async () => {
  const service = await testService()
  const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = service.server.server.address() as { port: number }
  const kept = connect(port, '127.0.0.1')
  kept.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  await once(kept, 'data')
  const stopped = service.stop()
  const anew = await fetch(`${address}/graphql?query={__typename}`)
  expect([anew.status, anew.headers.get('connection')]).toEqual([503, 'close'])
  kept.write(`GET /graphql?query={__typename} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  expect(await text(kept)).toMatch(/^HTTP\/1\.1 503 [\s\S]*connection: close[\s\S]*"code":"UNAVAILABLE"/i)
  await stopped
})
