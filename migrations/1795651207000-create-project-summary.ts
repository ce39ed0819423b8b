import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Annotations of the stage project_summary. */
export class CreateProjectSummary1795651207000 implements MigrationInterface {
  name = 'CreateProjectSummary1795651207000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE project_summary (
        project_id uuid NOT NULL,
        week_start date NOT NULL,
        logic text NOT NULL,
        nva_seconds_sum bigint,
        va_seconds_sum bigint,
        total_sum bigint,
        hours double precision,
        waste_ratio double precision,
        people integer,
        CONSTRAINT project_summary_pkey PRIMARY KEY (project_id, week_start, logic)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE project_summary')
  }
}
