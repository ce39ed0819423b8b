/** Mercurius with the resolvers and loaders of the plain server, its queries compiled when they come a second time. */
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { context, schema } from './plain-resolvers.mjs'

const app = Fastify()
app.get('/readyz', async () => ({ status: 'ready' }))
app.register(mercurius, { schema, context, path: '/graphql', jit: 1 })
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.on('SIGTERM', () => process.exit(0))
