/** A program that opens a schema on the server of its argument, tells its name to its parent, and waits to be killed. */
import { openServer } from "../../src/postgres/server.ts";

const server = await openServer({ databaseUrl: process.argv[2] });
const schema = await server.openSchema();
await schema.session("killed");
process.send?.(schema.name);
