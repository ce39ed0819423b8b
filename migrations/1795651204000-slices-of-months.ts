import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The source has slices of months beside those of days: the revision of one is the sum of those of its days. */
export class SlicesOfMonths1795651204000 implements MigrationInterface {
  name = 'SlicesOfMonths1795651204000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
      SELECT 'activities_of_month', subject_id, month, (month + interval '1 month' - interval '1 day')::date, sum(revision)
      FROM (
        SELECT subject_id, date_trunc('month', start_date::timestamp)::date AS month, revision
        FROM slice WHERE logic = 'activities'
      ) days
      GROUP BY subject_id, month`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DELETE FROM slice WHERE logic = 'activities_of_month'")
  }
}
