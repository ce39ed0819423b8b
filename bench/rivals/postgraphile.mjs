/**
 * PostGraphile 5, amber preset, on views of the same tables; its answers are made as text at once. Needs Node 22.
 *
 * Grafserv's option says that answers may be text; Grafast makes them so where an execution asks for it, and Grafserv's
 * don't ask.
 */
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const { DATABASE_URL, PORT } = process.env

const answersAsText = {
  name: 'AnswersAsTextPlugin',
  version: '1.0.0',
  grafast: {
    middleware: {
      prepareArgs(next, { args }) {
        args.outputDataAsString = true
        return next()
      },
    },
  },
}

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [answersAsText],
  pgServices: [makePgService({ connectionString: DATABASE_URL, schemas: ['shown'], poolConfig: { max: 10 } })],
  grafserv: { graphqlPath: '/graphql', watch: false, graphiql: false, outputDataAsString: true },
  grafast: { explain: false },
})
const answer = instance.createServ(grafserv).createHandler()
await instance.getSchema()
createServer((request, response) => {
  if (request.url === '/readyz') response.end('ready')
  else answer(request, response)
}).listen(Number(PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
