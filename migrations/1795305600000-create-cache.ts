import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The cache: who, what kind of thing, and the activities themselves. */
export class CreateCache1795305600000 implements MigrationInterface {
  name = 'CreateCache1795305600000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE app_user (
        id uuid NOT NULL CONSTRAINT app_user_pkey PRIMARY KEY,
        source text NOT NULL,
        external_id text NOT NULL,
        name text NOT NULL,
        CONSTRAINT app_user_source_external_id_key UNIQUE (source, external_id)
      )`)
    await queryRunner.query(`CREATE TABLE stereotype (
        id uuid NOT NULL CONSTRAINT stereotype_pkey PRIMARY KEY,
        source text NOT NULL,
        external_id text NOT NULL,
        code text NOT NULL,
        name text NOT NULL,
        CONSTRAINT stereotype_source_external_id_key UNIQUE (source, external_id)
      )`)
    await queryRunner.query(`CREATE TABLE sprint (
        id uuid NOT NULL CONSTRAINT sprint_pkey PRIMARY KEY,
        name text NOT NULL CONSTRAINT sprint_name_key UNIQUE,
        start_date date NOT NULL,
        end_date date NOT NULL
      )`)
    await queryRunner.query(`CREATE TYPE activity_type AS ENUM ('VALUE_ADD', 'NON_VALUE_ADD')`)
    await queryRunner.query(`CREATE TABLE activity (
        id uuid NOT NULL CONSTRAINT activity_pkey PRIMARY KEY,
        source text NOT NULL,
        external_id text NOT NULL,
        date date NOT NULL,
        duration_seconds integer NOT NULL,
        type activity_type NOT NULL,
        stereotype_id uuid NOT NULL,
        user_id uuid NOT NULL,
        CONSTRAINT activity_source_external_id_key UNIQUE (source, external_id)
      )`)
    await queryRunner.query('CREATE INDEX activity_user_id_date_idx ON activity (user_id, date)')
    await queryRunner.query('CREATE INDEX activity_date_id_idx ON activity (date, id)')
    await queryRunner.query('CREATE INDEX activity_duration_seconds_id_idx ON activity (duration_seconds, id)')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE activity')
    await queryRunner.query('DROP TYPE activity_type')
    await queryRunner.query('DROP TABLE sprint')
    await queryRunner.query('DROP TABLE stereotype')
    await queryRunner.query('DROP TABLE app_user')
  }
}
