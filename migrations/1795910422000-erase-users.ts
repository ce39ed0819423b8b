import type { MigrationInterface, QueryRunner } from 'typeorm'

/** That somebody was erased, and nothing of who it was. */
export class EraseUsers1795910422000 implements MigrationInterface {
  name = 'EraseUsers1795910422000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE erasure (
        id uuid NOT NULL,
        pseudonym text NOT NULL,
        reason text NOT NULL,
        erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        counts jsonb NOT NULL,
        CONSTRAINT erasure_pkey PRIMARY KEY (id)
      )
    `)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE erasure')
  }
}
