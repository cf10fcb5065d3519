/**
 * A real server to run SQL on: one of the user's, or the embedded one; with databases of our own in it.
 *
 *     openServer({ databaseUrl })   connect, see what the account may do, drop what dead runs left, make a role (own-database.ts)
 *     openDatabase()                an empty database of our own
 *       database.session(name)      a connection to it, as that role
 *     database.drop()               end its sessions, also those that wait or sleep, and drop it
 *     close()                       drop what is left, and the role; stop the server if it is ours
 *
 * On both kinds of server sessions have no rights beyond their database, whatever SQL they are given. Where the user's account cannot
 * arrange that, `openServer` refuses and says what to grant (rights.ts).
 */
import { UsageError } from "../../sim/usage-error.ts";
import { onExit } from "../process-exit.ts";
import { type Address, type GivenAddress, type Place, placeText, readAddress, reasonOf } from "./address.ts";
import { type Isolation, openSession, type Session } from "./connection.ts";
import { type Holding, type Stopping, startPostgres } from "./embedded.ts";
import {
  type Connect,
  dropDatabase,
  dropRole,
  makeDatabase,
  makeRole,
  type Names,
  newNames,
  notAdmitted,
  type OwnRole,
  sweepStale,
} from "./own-database.ts";
import { type Rights, rightsOf } from "./rights.ts";

/** A server that does not answer is not waited for as long as the system would. */
const CONNECT_MS_MAX = 8000;

export interface ServerOptions {
  /** A server of the user's; the embedded one is started where it is missing. */
  readonly databaseUrl?: string | undefined;
  /** Whether sessions may be given SQL that the simulated server does not model: then a role of our own is insisted on. */
  readonly allowAnySql?: boolean | undefined;
  /** More settings of the embedded server; one of the user's stays as it is. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface OpenServer {
  readonly kind: "embedded" | "given";
  /** Where the user's server is; null for the embedded one. */
  readonly place: Place | null;
  /** For instance `18.4`. */
  readonly version: string;
  /** Holds sessions where they are; null on a server of the user's. */
  readonly holding: Holding | null;
  /** Stops sessions for a moment; null on a server of the user's. */
  readonly stopping: Stopping | null;
  /** Makes an empty database of our own. */
  openDatabase(): Promise<OwnDatabase>;
  /** Drops the databases that are left, and stops the server if it is ours. */
  close(): Promise<void>;
}

export interface OwnDatabase {
  readonly name: string;
  /** Opens a session in it, which looks names up in the schema public. */
  session(name: string, isolation?: Isolation): Promise<Session>;
  /** Ends its sessions, and drops it. */
  drop(): Promise<void>;
}

/** Where SQL is run, for people: `PostgreSQL 18.4, started for this run and removed afterwards`. */
export function serverText({ kind, place, version }: OpenServer): string {
  return kind === "embedded" || place === null
    ? `PostgreSQL ${version}, started for this run and removed afterwards`
    : `PostgreSQL ${version} at ${placeText(place)}, in a database of its own that is dropped afterwards`;
}

/** Where SQL is run, as data: the embedded server is nowhere in particular. */
export type ServerPlace = { readonly kind: OpenServer["kind"]; readonly version: string } & Partial<Place>;

/** Where SQL is run, for programs. */
export function serverPlace({ kind, place, version }: OpenServer): ServerPlace {
  return { kind, version, ...(place ?? {}) };
}

/** Opens the server to work on. */
export async function openServer(options: ServerOptions = {}): Promise<OpenServer> {
  const { databaseUrl, allowAnySql = false, settings = {} } = options;
  if (databaseUrl !== undefined && databaseUrl !== "") return openGiven(readAddress(databaseUrl), allowAnySql);
  const postgres = await startPostgres({ settings });
  try {
    const { config } = readAddress(postgres.url);
    const databases = await Databases.on(config, false);
    return {
      kind: "embedded",
      place: null,
      version: postgres.version,
      holding: postgres.holding,
      stopping: postgres.stopping,
      openDatabase: () => databases.open(),
      // All that was made goes with the server, so stopping it is all there is to do.
      close: () => postgres.stop(),
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function openGiven(address: GivenAddress, allowAnySql: boolean): Promise<OpenServer> {
  const config = { ...address.config, connectionTimeoutMillis: CONNECT_MS_MAX };
  const databases = await Databases.on(config, allowAnySql).catch((error: unknown) => {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      "database-not-reachable",
      `The server ${placeText(address.place)} cannot be used: ${reasonOf(error, address)}`,
      "Check --database-url (or DATABASE_URL), or leave it out to run on the embedded PostgreSQL.",
    );
  });
  const close = async (): Promise<void> => {
    forget();
    await databases.close();
  };
  const forget = onExit({ stop: close, stopNow: () => {} });
  return {
    kind: "given",
    place: address.place,
    version: databases.version,
    holding: null,
    stopping: null,
    openDatabase: () => databases.open(),
    close,
  };
}

/** The databases that this run has on a server, their role, and the session that keeps them. */
class Databases {
  readonly #keeper: Session;
  readonly #address: Exclude<Address, string>;
  readonly #names: Names;
  readonly #rights: Rights;
  readonly #role: OwnRole | null;
  readonly #open = new Set<OwnDatabase>();
  #made = 0;

  private constructor(
    keeper: Session,
    address: Exclude<Address, string>,
    about: { readonly names: Names; readonly rights: Rights; readonly role: OwnRole | null },
  ) {
    this.#keeper = keeper;
    this.#address = address;
    this.#names = about.names;
    this.#rights = about.rights;
    this.#role = about.role;
  }

  static async on(address: Exclude<Address, string>, allowAnySql: boolean): Promise<Databases> {
    const names = newNames();
    const keeper = await openSession({ url: address, schema: null, name: names.keeper });
    try {
      const rights = await rightsOf(keeper, allowAnySql);
      await sweepStale(keeper, (database) => ({ ...address, database }));
      const makesRoles = rights.isSuperuser || rights.makesRoles;
      const role = makesRoles ? await makeRole(keeper, names.role, rights) : null;
      return new Databases(keeper, address, { names, rights, role });
    } catch (error) {
      await keeper.close();
      throw error;
    }
  }

  get version(): string {
    return this.#rights.version;
  }

  async open(): Promise<OwnDatabase> {
    this.#made += 1;
    const name = this.#names.database(this.#made);
    const role = this.#role;
    await makeDatabase(this.#keeper, name, { role, rights: this.#rights, connect: this.#asKeeper });
    const account = role === null ? {} : { user: role.name, password: role.password };
    const url: Address = { ...this.#address, ...account, database: name };
    const sessions = new Set<Session>();
    const own: OwnDatabase = {
      name,
      session: async (client, isolation) => {
        const opening = openSession({ url, schema: null, name: client, ...(isolation && { isolation }) });
        const session = await opening.catch((error: unknown) => {
          throw notAdmitted(error, name);
        });
        sessions.add(session);
        return session;
      },
      drop: async () => {
        this.#open.delete(own);
        await dropDatabase(this.#keeper, name, this.#asKeeper);
        await Promise.all([...sessions].map((session) => session.close().catch(() => {})));
      },
    };
    this.#open.add(own);
    return own;
  }

  readonly #asKeeper: Connect = (database) => ({ ...this.#address, database });

  async close(): Promise<void> {
    for (const database of this.#open) await database.drop();
    if (this.#role !== null) await dropRole(this.#keeper, this.#role.name);
    await this.#keeper.close();
  }
}
