import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What came in stays as it came, page by page, in the order in which it came. */
export class KeepBatches1795910420000 implements MigrationInterface {
  name = 'KeepBatches1795910420000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE SEQUENCE coming')
    await queryRunner.query(`
      CREATE TABLE batch_rows (
        batch_id uuid NOT NULL,
        first_row integer NOT NULL,
        source text NOT NULL,
        came bigint NOT NULL,
        came_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        kind text NOT NULL,
        row_count integer NOT NULL,
        json_bytes integer NOT NULL,
        rows bytea NOT NULL,
        CONSTRAINT batch_rows_pkey PRIMARY KEY (batch_id, first_row)
      )
    `)
    // It is compressed already.
    await queryRunner.query('ALTER TABLE batch_rows ALTER rows SET STORAGE EXTERNAL')
    await queryRunner.query('CREATE INDEX batch_rows_source_came_idx ON batch_rows (source, came)')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE batch_rows')
    await queryRunner.query('DROP SEQUENCE coming')
  }
}
