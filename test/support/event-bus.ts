import { Database } from '../../src/cache/database.ts'
import { Notices } from '../../src/cache/notices.ts'
import type { Carrier } from '../../src/dispatch/events/carrier.ts'
import type { OnHandlerFailed } from '../../src/dispatch/events/deliveries.ts'
import { EventBus } from '../../src/dispatch/events/event-bus.ts'
import { InProcessCarrier } from '../../src/dispatch/events/in-process-carrier.ts'

/** Facts of one process, as the service puts it together; in the process itself unless a carrier is given. */
export function eventBus(
  database: Database,
  { handlerFailed = () => undefined, carrier }: { handlerFailed?: OnHandlerFailed; carrier?: Carrier } = {},
): EventBus {
  const inProcess = () => new InProcessCarrier(new Notices(database.dataSource, () => undefined))
  return new EventBus(database, carrier ?? inProcess(), { handlerFailed, notRelayed: () => undefined })
}
