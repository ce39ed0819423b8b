import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * What activities and codes were before they became what they are. Nobody knows how those that are there already came to
 * be: the history of their sources begins now.
 */
export class KeepHistory1795910410000 implements MigrationInterface {
  name = 'KeepHistory1795910410000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE source_cursor ADD revision bigint NOT NULL DEFAULT 0, ADD history_from timestamptz',
    )
    await queryRunner.query('ALTER TABLE activity ADD since_revision bigint NOT NULL DEFAULT 0')
    await queryRunner.query('ALTER TABLE stereotype ADD since_revision bigint NOT NULL DEFAULT 0')
    await queryRunner.query(
      `CREATE TABLE source_revision (
        source text NOT NULL, revision bigint NOT NULL, at timestamptz NOT NULL, batch_id uuid, xid xid8 NOT NULL,
        CONSTRAINT source_revision_pkey PRIMARY KEY (source, revision)
      )`,
    )
    await queryRunner.query('CREATE INDEX source_revision_source_at_idx ON source_revision (source, at)')
    await queryRunner.query(
      `CREATE TABLE activity_history (
        activity_id uuid NOT NULL, until_revision bigint NOT NULL, since_revision bigint NOT NULL, source text NOT NULL,
        external_id text NOT NULL, date date NOT NULL, duration_seconds integer NOT NULL, type text NOT NULL,
        stereotype_id uuid NOT NULL, user_id uuid NOT NULL, project_id uuid, changed_at timestamptz, batch_id uuid,
        row_index integer,
        CONSTRAINT activity_history_pkey PRIMARY KEY (activity_id, until_revision)
      )`,
    )
    for (const columns of [
      ['user_id', 'date'],
      ['date', 'activity_id'],
      ['source', 'external_id'],
      ['source', 'until_revision'],
    ]) {
      await queryRunner.query(
        `CREATE INDEX activity_history_${columns.join('_')}_idx ON activity_history (${columns.join(', ')})`,
      )
    }
    await queryRunner.query(
      'CREATE INDEX activity_history_project_id_date_idx ON activity_history (project_id, date) WHERE project_id IS NOT NULL',
    )
    await queryRunner.query(
      `CREATE TABLE stereotype_history (
        stereotype_id uuid NOT NULL, until_revision bigint NOT NULL, since_revision bigint NOT NULL, source text NOT NULL,
        external_id text NOT NULL, code text NOT NULL, name text NOT NULL,
        CONSTRAINT stereotype_history_pkey PRIMARY KEY (stereotype_id, until_revision)
      )`,
    )
    await queryRunner.query(
      'CREATE INDEX stereotype_history_source_until_revision_idx ON stereotype_history (source, until_revision)',
    )
    // There is no activity without a stereotype of its source.
    await queryRunner.query(
      `INSERT INTO source_cursor (source, history_from) SELECT DISTINCT source, now() FROM stereotype
       ON CONFLICT (source) DO UPDATE SET history_from = excluded.history_from`,
    )
    await queryRunner.query(
      `INSERT INTO source_revision (source, revision, at, xid)
       SELECT source, 0, history_from, pg_current_xact_id() FROM source_cursor WHERE history_from IS NOT NULL`,
    )
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE stereotype_history')
    await queryRunner.query('DROP TABLE activity_history')
    await queryRunner.query('DROP TABLE source_revision')
    await queryRunner.query('ALTER TABLE stereotype DROP since_revision')
    await queryRunner.query('ALTER TABLE activity DROP since_revision')
    await queryRunner.query('ALTER TABLE source_cursor DROP history_from, DROP revision')
  }
}
