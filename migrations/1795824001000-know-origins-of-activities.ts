import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Which row of which batch an activity is as it is from. */
export class KnowOriginsOfActivities1795824001000 implements MigrationInterface {
  name = 'KnowOriginsOfActivities1795824001000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE activity ADD batch_id uuid, ADD row_index integer')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE activity DROP COLUMN batch_id, DROP COLUMN row_index')
  }
}
