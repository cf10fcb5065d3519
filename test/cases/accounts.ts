/** Web applications that count: money, stock, places, limits, numbers of invoices, and payments that are told twice. */
import type { Code } from "../../sim/process/code-process.ts";
import { countOf, haveSucceeded, never, type PublicCase, rowOf, rowsOf, transaction } from "./public-case.ts";

const SPEND = "INSERT INTO ledger (wallet_id, kind, amount) VALUES (1, 'debit', $1)";

function readsThenWrites(price: number): Code {
  return async (session) => {
    const wallet = await rowOf(session, "SELECT balance FROM wallets WHERE user_id = 7");
    const rest = Number(wallet?.["balance"]) - price;
    if (rest < 0) return;
    await session.query("UPDATE wallets SET balance = $1, updated_at = now() WHERE user_id = 7", [rest]);
    await session.query(SPEND, [price]);
  };
}

function takesWhereThereIsEnough(price: number): Code {
  return async (session) => {
    await transaction(session, async () => {
      const take = `UPDATE wallets SET balance = balance - ${price}, updated_at = now()
        WHERE user_id = 7 AND balance >= ${price} RETURNING balance`;
      if ((await countOf(session, take)) === 0) return false;
      await session.query(SPEND, [price]);
      return true;
    });
  };
}

/** Both read 100 and spend 80 and 60. */
const wallet: PublicCase = {
  name: "nobody spends more than he has",
  source: "buggyblues/shadow#157",
  setup: [
    `CREATE TABLE wallets (id serial PRIMARY KEY, user_id int NOT NULL UNIQUE, balance int NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now())`,
    `CREATE TABLE ledger (id serial PRIMARY KEY, wallet_id int NOT NULL REFERENCES wallets ON DELETE CASCADE,
      kind text NOT NULL CHECK (kind IN ('topup', 'debit')), amount int NOT NULL CHECK (amount > 0))`,
    "INSERT INTO wallets (user_id, balance) VALUES (7, 100)",
  ],
  view: {},
  claims: [
    never("more than 100 is spent", (world) => {
      return rowsOf(world, "ledger").reduce((sum, row) => sum + Number(row["amount"]), 0) > 100;
    }),
  ],
  versions: {
    "reads, then writes": {
      clients: { a: readsThenWrites(80), b: readsThenWrites(60) },
      found: { breaks: "more than 100 is spent", steps: 18, states: 346 },
      isForced: true,
    },
    "takes where there is enough": {
      clients: { a: takesWhereThereIsEnough(80), b: takesWhereThereIsEnough(60) },
      found: { holds: true, states: 61 },
    },
  },
};

function booking(from: string, to: string, locksHost: boolean): Code {
  return async (session) => {
    await transaction(session, async () => {
      if (locksHost) await session.query("SELECT id FROM hosts WHERE id = 1 FOR UPDATE");
      const overlapping = `SELECT id FROM bookings WHERE host_id = 1 AND status IN ('accepted', 'pending')
        AND starts_at < $2 AND ends_at > $1 FOR UPDATE`;
      if ((await countOf(session, overlapping, [from, to])) > 0) return false;
      await session.query("INSERT INTO bookings (host_id, starts_at, ends_at) VALUES (1, $1, $2)", [from, to]);
      return true;
    });
  };
}

const bookings = (locksHost: boolean): Readonly<Record<string, Code>> => ({
  a: booking("2024-05-01 10:00+00", "2024-05-01 11:00+00", locksHost),
  b: booking("2024-05-01 10:30+00", "2024-05-01 11:30+00", locksHost),
});

/** Where nothing overlaps yet there is no row to lock. */
const overlap: PublicCase = {
  name: "a host has one guest at a time",
  source: "calcom/cal.diy#13397 and its fix #28151",
  setup: [
    "CREATE TABLE hosts (id int PRIMARY KEY)",
    `CREATE TABLE bookings (id serial PRIMARY KEY, host_id int NOT NULL REFERENCES hosts, starts_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL, status text NOT NULL DEFAULT 'accepted', CHECK (starts_at < ends_at))`,
    "INSERT INTO hosts VALUES (1)",
  ],
  view: {},
  claims: [never("two bookings overlap", (world) => rowsOf(world, "bookings").length > 1)],
  versions: {
    "locks what overlaps": {
      clients: bookings(false),
      found: { breaks: "two bookings overlap", steps: 14, states: 130 },
      isForced: true,
    },
    "locks the host": { clients: bookings(true), found: { holds: true, states: 63 } },
  },
};

const numbersAfterTheLast: Code = async (session) => {
  await transaction(session, async () => {
    const last = await rowOf(
      session,
      "SELECT reference FROM invoices WHERE reference LIKE $1 ORDER BY reference DESC LIMIT 1 FOR UPDATE",
      ["INV2024%"],
    );
    const next = Number(String(last?.["reference"]).slice("INV2024".length)) + 1;
    await session.query("INSERT INTO invoices (reference) VALUES ($1)", [`INV2024${String(next).padStart(4, "0")}`]);
    return true;
  });
};

const numbersFromACounter: Code = async (session) => {
  await transaction(session, async () => {
    await session.query(
      `INSERT INTO counters AS c VALUES ('INV2024', 3)
       ON CONFLICT (prefix) DO UPDATE SET last_number = c.last_number + 1 RETURNING last_number`,
    );
    await session.query(
      "INSERT INTO invoices (reference) SELECT prefix || lpad(last_number::text, 4, '0') FROM counters",
    );
    return true;
  });
};

/** The second waits for the last row, is given the same one again, and computes the same number. */
const invoice: PublicCase = {
  name: "an invoice gets the next number",
  source: "senatroxx/OpenKos#48",
  setup: [
    `CREATE TABLE invoices (id bigserial PRIMARY KEY, reference varchar(20) NOT NULL UNIQUE,
      issued_on date DEFAULT CURRENT_DATE)`,
    "CREATE TABLE counters (prefix varchar(10) PRIMARY KEY, last_number int NOT NULL)",
    "INSERT INTO invoices (reference) VALUES ('INV20240001'), ('INV20240002')",
  ],
  view: {},
  claims: [
    never("a number is left out", (world) => {
      const last = rowsOf(world, "invoices").at(-1)?.["reference"];
      return haveSucceeded(world) && last !== "INV20240004";
    }),
  ],
  versions: {
    "locks the last one": {
      clients: { a: numbersAfterTheLast, b: numbersAfterTheLast },
      found: { breaks: "no-unexpected-error", steps: 13, states: 63 },
      isForced: true,
    },
    "counts in a row": {
      clients: { a: numbersFromACounter, b: numbersFromACounter },
      found: { holds: true, states: 56 },
    },
  },
};

function adder(id: string, countsUp: string): Code {
  return async (session) => {
    await transaction(session, async () => {
      await session.query("INSERT INTO entries VALUES ($1, 't')", [id]);
      const limit = await rowOf(session, "SELECT used, allowed FROM definitions WHERE id = 't'");
      if (Number(limit?.["used"]) >= Number(limit?.["allowed"])) return false;
      return (await countOf(session, `UPDATE definitions SET used = used + 1 WHERE ${countsUp}`)) > 0;
    });
  };
}

const adders = (countsUp: string): Readonly<Record<string, Code>> => ({
  a: adder("r2", countsUp),
  b: adder("r3", countsUp),
});

/** The statements of a trigger, sent by the client: both read 1 of 2. */
const limit: PublicCase = {
  name: "a table of two rows takes no third",
  source: "simstudioai/sim#4289",
  setup: [
    "CREATE TABLE definitions (id text PRIMARY KEY, allowed int NOT NULL, used int NOT NULL)",
    "CREATE TABLE entries (id text PRIMARY KEY, table_id text NOT NULL REFERENCES definitions ON DELETE CASCADE)",
    "INSERT INTO definitions VALUES ('t', 2, 1)",
    "INSERT INTO entries VALUES ('r1', 't')",
  ],
  view: {},
  claims: [never("there are three rows", (world) => rowsOf(world, "entries").length > 2)],
  versions: {
    "looks, then counts": {
      clients: adders("id = 't'"),
      found: { breaks: "there are three rows", steps: 16, states: 149 },
      isForced: true,
    },
    "counts where there is room": {
      clients: adders("id = 't' AND used < allowed"),
      found: { holds: true, states: 150 },
    },
  },
};

function checkout(locksVariant: boolean, joins: string): Code {
  return async (session) => {
    await transaction(session, async () => {
      if (locksVariant) await session.query("SELECT id FROM variants WHERE id = 1 FOR UPDATE");
      const stock = await rowOf(
        session,
        `SELECT available FROM (
           SELECT v.id, COALESCE(SUM(m.quantity), 0) AS available
           FROM variants v LEFT JOIN movements m ON ${joins} GROUP BY v.id) levels WHERE id = 1`,
      );
      if (Number(stock?.["available"]) < 1) return false;
      await session.query("INSERT INTO movements (variant_id, quantity) VALUES (1, -1)");
      return true;
    });
  };
}

const checkouts = (locksVariant: boolean, joins = "m.variant_id = v.id"): Readonly<Record<string, Code>> => ({
  a: checkout(locksVariant, joins),
  b: checkout(locksVariant, joins),
});
const LESS_THAN_NOTHING = "less than nothing is left";

/** A view's query in its place: two checkouts of the last piece both see it. */
const stock: PublicCase = {
  name: "the last piece is sold once",
  source: "shopperlabs/shopper#581",
  setup: [
    `CREATE TABLE variants (id serial PRIMARY KEY, price_cents int NOT NULL,
      tax_cents int GENERATED ALWAYS AS (price_cents / 5) STORED)`,
    "CREATE TABLE movements (id bigserial PRIMARY KEY, variant_id int NOT NULL REFERENCES variants, quantity int NOT NULL)",
    "INSERT INTO variants (price_cents) VALUES (500)",
    "INSERT INTO movements (variant_id, quantity) VALUES (1, 3), (1, -2)",
  ],
  view: {},
  claims: [
    never(LESS_THAN_NOTHING, (world) => {
      return rowsOf(world, "movements").reduce((sum, row) => sum + Number(row["quantity"]), 0) < 0;
    }),
  ],
  versions: {
    "reads the sum": {
      clients: checkouts(false),
      found: { breaks: LESS_THAN_NOTHING, steps: 14, states: 128 },
      isForced: true,
    },
    "reads the sum by a column without its table's name": {
      clients: checkouts(false, "m.variant_id = v.id AND quantity < 9"),
      found: { breaks: LESS_THAN_NOTHING, steps: 14, states: 128 },
      isForced: true,
    },
    "locks the variant": { clients: checkouts(true), found: { holds: true, states: 61 } },
  },
};

const RECORD = `INSERT INTO events (event_id, payload) VALUES ('evt_1', '{"credits": 10}') ON CONFLICT (event_id) DO NOTHING`;
const CREDIT = `UPDATE accounts SET credits = credits +
  (SELECT (payload ->> 'credits')::int FROM events WHERE event_id = 'evt_1') WHERE id = 1`;

const looksFirst: Code = async (session) => {
  if ((await countOf(session, "SELECT 1 FROM events WHERE event_id = 'evt_1'")) > 0) return;
  await session.query(RECORD);
  await session.query(CREDIT);
};

const believesTheRow: Code = async (session) => {
  await transaction(session, async () => {
    if ((await countOf(session, `${RECORD} RETURNING event_id`)) === 0) return false;
    await session.query(CREDIT);
    return true;
  });
};

/** Nobody looks at what DO NOTHING did. */
const webhook: PublicCase = {
  name: "a payment that is told twice is credited once",
  source: "Ayushh-Sharmaa/NexaSphere#3848",
  setup: [
    "CREATE TABLE accounts (id int PRIMARY KEY, credits int NOT NULL)",
    "CREATE TABLE events (event_id text PRIMARY KEY, payload jsonb NOT NULL, received_at timestamptz DEFAULT now())",
    "INSERT INTO accounts VALUES (1, 0)",
  ],
  view: {},
  claims: [never("10 are credited twice", (world) => Number(rowsOf(world, "accounts")[0]?.["credits"]) > 10)],
  versions: {
    "looks first": {
      clients: { a: looksFirst, b: looksFirst },
      found: { breaks: "10 are credited twice", steps: 11, states: 79 },
      isForced: true,
    },
    "believes the row that came back": {
      clients: { a: believesTheRow, b: believesTheRow },
      found: { holds: true, states: 32 },
    },
  },
};

export const accounts: readonly PublicCase[] = [wallet, overlap, invoice, limit, stock, webhook];
