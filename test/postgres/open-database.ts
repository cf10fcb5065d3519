/** A program that opens a database on the server of its argument, tells its name to its parent, and waits to be killed. */
import { openServer } from "../../src/postgres/server.ts";

const server = await openServer({ databaseUrl: process.argv[2] });
const database = await server.openDatabase();
const session = await database.session("killed");
// A statement that never ends does not notice that its client has gone.
session.run({ text: "SELECT pg_sleep(1000000)", values: [] }).catch(() => {});
process.send?.(database.name);
