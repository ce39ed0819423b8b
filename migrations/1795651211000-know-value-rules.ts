import type { MigrationInterface, QueryRunner } from 'typeorm'

/** By which rules a source was pulled, so that others are seen. */
export class KnowValueRules1795651211000 implements MigrationInterface {
  name = 'KnowValueRules1795651211000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE source_cursor ADD rules text')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE source_cursor DROP rules')
  }
}
