import { Notices } from '../../src/cache/notices.ts'
import { EventBus } from '../../src/dispatch/events/event-bus.ts'
import { InProcessCarrier } from '../../src/dispatch/events/in-process-carrier.ts'
import { InProcessDispatcher } from '../../src/dispatch/in-process-dispatcher.ts'
import { describeDispatcher } from './dispatcher-contract.ts'

describeDispatcher('InProcessDispatcher', async (database, handlerFailed) => {
  const carrier = new InProcessCarrier(new Notices(database.dataSource, () => undefined))
  const events = new EventBus(database, carrier, { handlerFailed, notRelayed: () => undefined })
  return { dispatcher: new InProcessDispatcher(events), close: () => events.close() }
})
