import { DefaultNamingStrategy, Table } from 'typeorm'

/** Postgres names as a person would write them: snake_case columns, constraints that say what they are. */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string): string {
    return customName || snakeCase(propertyName)
  }

  override primaryKeyName(table: Table | string): string {
    return `${tableName(table)}_pkey`
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return `${tableName(table)}_${columns.join('_')}_key`
  }

  override indexName(table: Table | string, columns: string[]): string {
    return `${tableName(table)}_${columns.join('_')}_idx`
  }

  override checkConstraintName(table: Table | string, expression: string): string {
    return `${tableName(table)}_${expression.replace(/\W+/g, '_').toLowerCase()}_check`
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function tableName(table: Table | string): string {
  return (typeof table === 'string' ? table : table.name).split('.').at(-1) ?? ''
}
