import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { JsonObject } from '../../model/source-row.ts'

@ObjectType('AuditEntry', {
  description: 'That somebody changed something, or tried to. It stays whatever becomes of what was changed.',
  simpleResolvers: true,
})
@Entity('audit_entry')
export class AuditEntry {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field(() => Date, { description: 'When it was begun.' })
  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date

  @Field({ description: 'Who did it, by the name that the caller had then.' })
  @Column('text')
  callerName!: string

  @Field({ description: 'The id of the key, or the issuer and its subject; the same whatever the name.' })
  @Column('text')
  callerId!: string

  @Field({ description: 'The role that the caller had then.' })
  @Column('text')
  role!: string

  @Field(() => String, {
    nullable: true,
    description: 'By which the log names the request; null where a command did it.',
  })
  @Column('text', { nullable: true })
  requestId!: string | null

  @Field({ description: 'What was done: the name of the mutation.' })
  @Column('text')
  action!: string

  @Field(() => JsonObject, {
    description: 'To what, and why, as far as that was said; never what rows hold, nor who was erased.',
  })
  @Column('jsonb')
  details!: Record<string, unknown>

  @Field(() => String, {
    nullable: true,
    description:
      'DONE, or the code of the error that it came to; null while it is under way, or where its process ended before it did.',
  })
  @Column('text', { nullable: true })
  outcome!: string | null

  @Field(() => JsonObject, { nullable: true, description: 'What came of it, in counts and ids.' })
  @Column('jsonb', { nullable: true })
  result!: Record<string, unknown> | null
}
