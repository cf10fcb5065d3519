/**
 * An error that PostgreSQL would report, with its own SQLSTATE and text.
 *
 * Inside the server it unwinds the statement as an exception and is caught at one place (`session/`), where it becomes
 * a `Failed` reply: outside of `sim/postgres` errors of SQL are values.
 */
export class SqlError extends Error {
  readonly sqlstate: string;
  readonly detail: string | null;
  constructor(sqlstate: string, message: string, detail: string | null = null) {
    super(message);
    this.name = "SqlError";
    this.sqlstate = sqlstate;
    this.detail = detail;
  }
}
