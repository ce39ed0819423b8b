import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Annotations of the stage waste_trend. */
export class CreateWasteTrend1795305605000 implements MigrationInterface {
  name = 'CreateWasteTrend1795305605000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE waste_trend (
        logic text NOT NULL,
        user_id uuid NOT NULL,
        week_start date NOT NULL,
        waste_ratio double precision,
        baseline_mean double precision,
        baseline_std_dev double precision,
        z_score double precision,
        flagged boolean NOT NULL,
        CONSTRAINT waste_trend_pkey PRIMARY KEY (logic, user_id, week_start)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE waste_trend')
  }
}
