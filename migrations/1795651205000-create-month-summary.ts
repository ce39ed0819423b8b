import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Annotations of the stage month_summary. */
export class CreateMonthSummary1795651205000 implements MigrationInterface {
  name = 'CreateMonthSummary1795651205000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE month_summary (
        user_id uuid NOT NULL,
        month_start date NOT NULL,
        logic text NOT NULL,
        nva_seconds_sum bigint,
        va_seconds_sum bigint,
        total_sum bigint,
        waste_ratio double precision,
        CONSTRAINT month_summary_pkey PRIMARY KEY (user_id, month_start, logic)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE month_summary')
  }
}
