import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The counters that decide freshness. Rows are updated again and again, so their pages keep room for that. */
export class CreateSlice1795305602000 implements MigrationInterface {
  name = 'CreateSlice1795305602000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE slice (
        logic text NOT NULL,
        user_id uuid NOT NULL,
        start_date date NOT NULL,
        end_date date NOT NULL,
        revision bigint NOT NULL DEFAULT 0,
        verified bigint,
        inputs bigint,
        computed_at timestamptz,
        changed_at timestamptz,
        verified_at timestamptz,
        CONSTRAINT slice_pkey PRIMARY KEY (logic, user_id, start_date, end_date)
      ) WITH (fillfactor = 60)`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE slice')
  }
}
