import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Keys are kept without blanks around them; where that would make two of one, the second stays as it is. */
export class TrimKeys1795564804000 implements MigrationInterface {
  name = 'TrimKeys1795564804000'

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['activity', 'app_user', 'stereotype', 'sprint']) {
      await queryRunner.query(
        `UPDATE ${table} SET external_id = btrim(${table}.external_id, $1)
        FROM (
          SELECT DISTINCT ON (source, btrim(external_id, $1)) id FROM ${table} padded
          WHERE external_id <> btrim(external_id, $1) AND NOT EXISTS (
            SELECT FROM ${table} trimmed
            WHERE trimmed.source = padded.source AND trimmed.external_id = btrim(padded.external_id, $1)
          )
          ORDER BY source, btrim(external_id, $1), id
        ) lone
        WHERE ${table}.id = lone.id`,
        [BLANKS],
      )
    }
    await queryRunner.query(
      `UPDATE quarantined_row SET external_id = btrim(external_id, $1) WHERE external_id <> btrim(external_id, $1)`,
      [BLANKS],
    )
  }

  /** The blanks are gone; nothing depends on them. */
  async down(): Promise<void> {}
}

const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'
