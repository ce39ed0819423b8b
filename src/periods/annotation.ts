import { Field, Int, InterfaceType } from 'type-graphql'
import { PrimaryColumn } from 'typeorm'

/**
 * What every annotation says of itself. A stage's output class extends that of its subject and period, beside this,
 * and adds its values: it is the table, the GraphQL type and the shape that the stage's output is checked against.
 * Columns stand in the order of the key: subject, period, `logic`, and whatever is annotated.
 */
@InterfaceType('Annotation', { description: 'What a stage added beside the source.' })
export abstract class Annotation {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { description: "The stage's version." })
  version!: number

  /** That of its stage. */
  abstract logic: string

  @Field(() => Date, { description: 'When the stage last ran for it.' })
  computedAt!: Date

  @Field(() => Date, { description: 'When its value last became different.' })
  changedAt!: Date

  /** Of which moment it is, where that isn't now. */
  asOf?: Date

  /** Whether it reflected its source when it was read. */
  isFresh!: boolean
}

/** An annotation of a user's. */
export abstract class UserAnnotation extends Annotation {
  @PrimaryColumn('uuid')
  userId!: string
}

/** An annotation of a project's, whoever works on it. */
export abstract class ProjectAnnotation extends Annotation {
  @PrimaryColumn('uuid')
  projectId!: string
}

/** A class of annotations of some subject. */
// biome-ignore lint/suspicious/noExplicitAny: what TypeScript asks of a class that another is made of.
export type OfSubject = abstract new (...values: any[]) => Annotation
