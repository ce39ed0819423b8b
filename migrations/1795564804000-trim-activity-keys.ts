import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Keys are kept without blanks around them; where that would make two of one, the second stays as it is. */
export class TrimActivityKeys1795564804000 implements MigrationInterface {
  name = 'TrimActivityKeys1795564804000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE activity SET external_id = btrim(activity.external_id)
        FROM (
          SELECT DISTINCT ON (source, btrim(external_id)) id FROM activity padded
          WHERE external_id <> btrim(external_id) AND NOT EXISTS (
            SELECT FROM activity trimmed
            WHERE trimmed.source = padded.source AND trimmed.external_id = btrim(padded.external_id)
          )
          ORDER BY source, btrim(external_id), id
        ) lone
        WHERE activity.id = lone.id`)
  }

  /** The blanks are gone; nothing depends on them. */
  async down(): Promise<void> {}
}
