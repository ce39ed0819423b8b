import { InProcessDispatcher } from '../../src/dispatch/in-process-dispatcher.ts'
import { describeDispatcher } from './dispatcher-contract.ts'

describeDispatcher('InProcessDispatcher', (report) => new InProcessDispatcher(report))
