import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Which database a source is, beside the moment up to which it was pulled; and what a pull warns of. */
export class KnowSourcesAgain1795564803000 implements MigrationInterface {
  name = 'KnowSourcesAgain1795564803000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE source_cursor ADD identity jsonb')
    await queryRunner.query('ALTER TABLE source_cursor ALTER cursor TYPE timestamptz USING (cursor ->> 0)::timestamptz')
    await queryRunner.query('ALTER TABLE source_cursor RENAME cursor TO place')
    await queryRunner.query(`ALTER TABLE ingest_batch ADD warnings jsonb NOT NULL DEFAULT '[]'`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE ingest_batch DROP warnings')
    await queryRunner.query('ALTER TABLE source_cursor RENAME place TO cursor')
    await queryRunner.query(
      `ALTER TABLE source_cursor ALTER cursor TYPE jsonb USING jsonb_build_array(cursor AT TIME ZONE 'UTC' || 'Z', '')`,
    )
    await queryRunner.query('ALTER TABLE source_cursor DROP identity')
  }
}
