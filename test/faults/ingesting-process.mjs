/** What of the service takes batches, and nothing else, so that it is started quickly: a batch a line comes in, its report goes out. */
import { createInterface } from 'node:readline'
import { Database } from '../../dist/src/cache/database.js'
import { Notices } from '../../dist/src/cache/notices.js'
import { cacheDataSource } from '../../dist/src/data-source.js'
import { EventBus } from '../../dist/src/dispatch/events/event-bus.js'
import { InProcessCarrier } from '../../dist/src/dispatch/events/in-process-carrier.js'
import { InProcessDispatcher } from '../../dist/src/dispatch/in-process-dispatcher.js'
import { Counters } from '../../dist/src/model/counters.js'
import { ingestRows } from '../../dist/src/source/ingest.js'
import { sourcesOf } from '../../dist/src/source/sources.js'

const dataSource = await (await cacheDataSource(process.argv[2])).initialize()
const database = new Database(dataSource)
const carrier = new InProcessCarrier(new Notices(dataSource, () => {}))
const dispatcher = new InProcessDispatcher(
  new EventBus(database, carrier, { handlerFailed: () => {}, notRelayed: () => {} }, { relays: false }),
)
const acl = {
  database,
  dispatcher,
  sources: sourcesOf([]),
  quarantineLimit: 20,
  warn: () => {},
  counters: new Counters(),
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await ingestRows(acl, JSON.parse(line)))}\n`)
}
process.exit()
