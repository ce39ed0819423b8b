import { InProcessDispatcher } from '../../src/dispatch/in-process-dispatcher.ts'
import { eventBus } from '../support/event-bus.ts'
import { describeDispatcher } from './dispatcher-contract.ts'

describeDispatcher('InProcessDispatcher', async (database, handlerFailed) => {
  const events = eventBus(database, { handlerFailed })
  return { dispatcher: new InProcessDispatcher(events), close: () => events.close() }
})
