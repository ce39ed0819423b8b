/** A plain type-graphql + Apollo + DataLoader server: what one writes first. */
import { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import Fastify from 'fastify'
import { context, schema } from './plain-resolvers.mjs'

const apollo = new ApolloServer({ schema })
await apollo.start()
const app = Fastify()
app.get('/readyz', async () => ({ status: 'ready' }))
app.post('/graphql', fastifyApolloHandler(apollo, { context }))
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.on('SIGTERM', () => process.exit(0))
