import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'
import { type Caller, Role } from '../../model/caller.ts'

registerEnumType(Role, {
  name: 'Role',
  description: 'What somebody may do.',
  valuesConfig: {
    VIEWER: { description: 'Read; all there is, or what is of some teams or users.' },
    INGESTER: { description: 'Send rows in and have sources pulled, and read what became of that.' },
    OPERATOR: { description: 'Read everything, send rows in, tend quarantine, reference lists and stages.' },
    ADMIN: { description: 'All that, make and revoke keys, erase users, and remove sources.' },
  },
})

@ObjectType('ApiKey', {
  description: 'By which somebody is known who asks. Its secret was shown once; nothing but a hash of it is kept.',
  simpleResolvers: true,
})
@Entity('api_key')
@Unique(['secretHash'])
export class ApiKey {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'Whose it is, and what for.' })
  @Column('text')
  name!: string

  @Field(() => Role, { description: 'What it allows.' })
  @Column('text')
  role!: Role

  @Field(() => [ID], {
    nullable: true,
    description: 'Of a viewer: of which teams it sees people; null: no limit of that kind.',
  })
  @Column('jsonb', { nullable: true })
  teamIds!: string[] | null

  @Field(() => [ID], { nullable: true, description: 'Of a viewer: which users it sees; null: no limit of that kind.' })
  @Column('jsonb', { nullable: true })
  userIds!: string[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'Of an ingester: of which sources it may send rows; null: of all.',
  })
  @Column('jsonb', { nullable: true })
  sources!: string[] | null

  /** SHA-256, in hex. The secret is 256 bits of chance: there is nothing to guess. */
  @Column('text')
  secretHash!: string

  @Field({ description: 'Who made it.' })
  @Column('text')
  createdBy!: string

  @Field(() => Date, { description: 'When it was made.' })
  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  createdAt!: Date

  @Field(() => Date, { nullable: true, description: 'From when on it is nobody’s; null: never.' })
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null

  @Field(() => Date, { nullable: true, description: 'When it was revoked; null: it wasn’t.' })
  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null

  @Field(() => Date, { nullable: true, description: 'When it was used last, to within a minute; null: never.' })
  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null
}

/** Somebody who logged in, in a browser. */
@Entity('login_session')
export class LoginSession {
  /** SHA-256 of what the browser's cookie holds, in hex. */
  @PrimaryColumn('text')
  tokenHash!: string

  /** The key that was given; null where an issuer said who it is. */
  @Column('uuid', { nullable: true })
  keyId!: string | null

  /** Whom the issuer named. */
  @Column('jsonb', { nullable: true })
  caller!: Caller | null

  @Column('timestamptz')
  expiresAt!: Date
}
