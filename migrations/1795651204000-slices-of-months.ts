import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * The source has slices of months beside those of days: the revision of one is the sum of those of its days. What is
 * longer than a day has an index of its own.
 */
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
    await queryRunner.query(
      'CREATE INDEX slice_subject_id_start_date_idx ON slice (subject_id, start_date) WHERE end_date > start_date',
    )
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX slice_subject_id_start_date_idx')
    await queryRunner.query("DELETE FROM slice WHERE logic = 'activities_of_month'")
  }
}
