import { jsonText } from '../../model/exact-json.ts'

/** The `data` of an answer, written already. Apollo Server doesn't look into it. */
export class PassedText {
  private readonly json: string

  constructor(json: string) {
    this.json = json
  }

  /** The whole answer as JSON. */
  answer(extensions: unknown): string {
    return `{"data":${this.json}${extensions === undefined ? '' : `,"extensions":${jsonText(extensions)}`}}`
  }
}
