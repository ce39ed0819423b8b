import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Annotations of the stage stereotype_summary. */
export class CreateStereotypeSummary1795651209000 implements MigrationInterface {
  name = 'CreateStereotypeSummary1795651209000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE stereotype_summary (
        user_id uuid NOT NULL,
        month_start date NOT NULL,
        logic text NOT NULL,
        stereotype_id uuid NOT NULL,
        nva_seconds_sum bigint,
        va_seconds_sum bigint,
        total_sum bigint,
        activity_count integer,
        CONSTRAINT stereotype_summary_pkey PRIMARY KEY (user_id, month_start, logic, stereotype_id)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE stereotype_summary')
  }
}
