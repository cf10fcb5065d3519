/** An error in what a person typed: it is shown with its hint and without a stack, and ends with exit status 2. */
export class UsageError extends Error {
  /** A stable word for programs, for instance `sql-not-supported`. */
  readonly code: string;
  /** What to do about it, as a sentence. */
  readonly hint: string;
  constructor(code: string, message: string, hint: string) {
    super(message);
    this.name = "UsageError";
    this.code = code;
    this.hint = hint;
  }
}
