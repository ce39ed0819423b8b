import { Field, Int, ObjectType } from 'type-graphql'
import type { Receipt } from '../model/receipt.ts'

@ObjectType('Receipt', {
  description: 'What a refresh did, counted in person-periods, or periods of projects.',
  simpleResolvers: true,
})
export class ReceiptNode implements Receipt {
  @Field(() => Int, { description: 'Periods whose freshness was asked.' })
  checked!: number

  @Field(() => Int, { description: 'Periods for which a stage ran, also one that is read by this one.' })
  recomputed!: number

  @Field(() => Int, { description: 'Those of `recomputed` that came out equal to what was stored.' })
  unchanged!: number

  @Field(() => Int, { description: 'Periods found up to date again without running a stage.' })
  verified!: number
}
