import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Annotations of the stage sprint_summary. */
export class CreateSprintSummary1795305606000 implements MigrationInterface {
  name = 'CreateSprintSummary1795305606000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE sprint_summary (
        logic text NOT NULL,
        user_id uuid NOT NULL,
        start_date date NOT NULL,
        end_date date NOT NULL,
        nva_seconds_sum integer NOT NULL,
        va_seconds_sum integer NOT NULL,
        total_sum integer NOT NULL,
        waste_ratio double precision,
        CONSTRAINT sprint_summary_pkey PRIMARY KEY (logic, user_id, start_date, end_date)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE sprint_summary')
  }
}
