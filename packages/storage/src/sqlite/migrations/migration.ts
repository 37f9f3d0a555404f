/** One step of the schema. Once released it is never changed: a later step corrects an earlier one. */
export interface Migration {
  /** 1, 2, 3, … without a gap. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}
