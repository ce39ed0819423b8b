import type { MigrationInterface, QueryRunner } from 'typeorm'

/** An activity may have a project; those that are there have none, until their source says so. */
export class KnowProjects1795651206000 implements MigrationInterface {
  name = 'KnowProjects1795651206000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE project (
        id uuid NOT NULL,
        source text NOT NULL,
        external_id text NOT NULL,
        name text NOT NULL,
        client text,
        CONSTRAINT project_pkey PRIMARY KEY (id),
        CONSTRAINT project_source_external_id_key UNIQUE (source, external_id)
      )`)
    await queryRunner.query('ALTER TABLE activity ADD project_id uuid')
    await queryRunner.query(
      'CREATE INDEX activity_project_id_date_idx ON activity (project_id, date) WHERE project_id IS NOT NULL',
    )
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX activity_project_id_date_idx')
    await queryRunner.query('ALTER TABLE activity DROP project_id')
    await queryRunner.query('DROP TABLE project')
  }
}
