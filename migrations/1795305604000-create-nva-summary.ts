import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Annotations of the stage nva_summary. */
export class CreateNvaSummary1795305604000 implements MigrationInterface {
  name = 'CreateNvaSummary1795305604000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE nva_summary (
        logic text NOT NULL,
        user_id uuid NOT NULL,
        date date NOT NULL,
        nva_seconds_sum integer NOT NULL,
        va_seconds_sum integer NOT NULL,
        total_sum integer NOT NULL,
        CONSTRAINT nva_summary_pkey PRIMARY KEY (logic, user_id, date)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE nva_summary')
  }
}
