import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * A sprint belongs to a source: two systems may each have a "Sprint 1". Those that are there belong to the source that
 * was pulled, if there is just one; else they count as made through the API.
 */
export class KeySprintsBySource1795564802000 implements MigrationInterface {
  name = 'KeySprintsBySource1795564802000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE sprint ADD source text, ADD external_id text')
    await queryRunner.query(`UPDATE sprint SET external_id = name, source = coalesce((
        SELECT min(source) FROM source_cursor WHERE cursor IS NOT NULL HAVING count(*) = 1
      ), 'api')`)
    await queryRunner.query(`ALTER TABLE sprint
        ALTER source SET NOT NULL,
        ALTER external_id SET NOT NULL,
        DROP CONSTRAINT sprint_name_key,
        ADD CONSTRAINT sprint_source_external_id_key UNIQUE (source, external_id)`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM sprint later USING sprint first
        WHERE first.name = later.name AND first.id < later.id`)
    await queryRunner.query(`ALTER TABLE sprint
        DROP CONSTRAINT sprint_source_external_id_key,
        ADD CONSTRAINT sprint_name_key UNIQUE (name),
        DROP external_id,
        DROP source`)
  }
}
