import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Slices are of a subject: of users, or of whatever else a stage is about. */
export class SlicesOfSubjects1795651203000 implements MigrationInterface {
  name = 'SlicesOfSubjects1795651203000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE slice RENAME user_id TO subject_id')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE slice RENAME subject_id TO user_id')
  }
}
