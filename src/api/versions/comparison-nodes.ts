/** What two versions of a stage make of the same, as the API shows it. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { Receipt } from '../../model/receipt.ts'
import { Annotation } from '../../periods/annotation.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import { type Connection, connectionType } from '../connections.ts'
import { Costs } from '../cost.ts'
import { ReceiptNode } from '../receipt-node.ts'
import type { Reading } from '../request-context.ts'
import type { AskedAnnotations } from '../stages/stage-annotations.ts'

@ObjectType({
  simpleResolvers: true,
  description: 'An annotation that the two versions do not make the same; null on the side that has none.',
})
export class VersionDifference {
  @Field(() => [String], { description: 'The fields in which they differ; none where one has no annotation.' })
  @Costs({ rows: () => 10 })
  columns!: string[]

  @Field(() => Annotation, { nullable: true, description: 'That of the base.' })
  base!: Annotation | null

  @Field(() => Annotation, { nullable: true, description: 'That of the candidate.' })
  candidate!: Annotation | null
}

export const VersionDifferenceConnection = connectionType('VersionDifference', VersionDifference)
export type VersionDifferencePage = Connection<VersionDifference>

@ObjectType({ simpleResolvers: true, description: 'A field of the annotations, by both versions.' })
export class ColumnComparison {
  @Field({ description: 'What it is called in annotations.' })
  name!: string

  @Field(() => Int, { description: 'In how many of the annotations that both have it differs.' })
  differing!: number

  @Field(() => Float, {
    nullable: true,
    description: 'The sum by the base; of conditions how often they hold; null of what is neither a number nor that.',
  })
  baseSum!: number | null

  @Field(() => Float, { nullable: true, description: 'The same by the candidate.' })
  candidateSum!: number | null

  @Field(() => [VersionDifference], {
    description: 'The five annotations in which it differs most; of what is no number the first five.',
  })
  @Costs({ rows: () => 5 })
  largest!: VersionDifference[]
}

/** What is compared, and how it is read. */
export interface Compared {
  /** In which both versions are read; the base is its own. */
  context: Reading
  candidate: Reading
  at: StageDefinition
  asked: AskedAnnotations
}

@ObjectType({ simpleResolvers: true, description: 'What two versions of a stage make of the same source.' })
export class VersionComparison {
  @Field({ description: 'The stage of which two versions are compared.' })
  stage!: string

  @Field({ description: 'The stage whose annotations are compared: that one, or one that reads it.' })
  at!: string

  @Field(() => Int, { description: 'The version that is compared with.' })
  base!: number

  @Field(() => Int, { description: 'The version that is compared.' })
  candidate!: number

  @Field({ description: 'Whether both have the same logic, so that there is nothing to compare.' })
  isSameLogic!: boolean

  @Field(() => Int, { description: 'Annotations that are the same.' })
  equal!: number

  @Field(() => Int, { description: 'Annotations that both have, and that differ.' })
  different!: number

  @Field(() => Int, { description: 'Annotations that the base alone has.' })
  onlyInBase!: number

  @Field(() => Int, { description: 'Annotations that the candidate alone has.' })
  onlyInCandidate!: number

  @Field(() => [ColumnComparison], { description: 'Each field of the annotations.' })
  @Costs({ rows: () => 12 })
  columns!: ColumnComparison[]

  @Field(() => ReceiptNode, {
    description: 'What had to be computed to answer the query; nothing, where it was compared before.',
  })
  receipt!: Receipt

  readonly of!: Compared
}
