/**
 * The simulated PostgreSQL: a pure function from a database, a session and a move to the next database.
 *
 * ## Life of a statement
 *
 *  1. A session sends a message. PostgreSQL's own grammar parses it (`grammar.ts`); what is not modelled is refused by
 *     name and place.
 *  2. Where no transaction is open, an implicit one begins, which lasts for the message (`session/transaction.ts`).
 *  3. The statement is analysed against the catalog as this session sees it (`execution/prepare.ts`).
 *  4. It takes its table locks, in a queue that hands over in order (`locks/lock-object.ts`); this may wait.
 *  5. It takes a snapshot, which is nothing but the promise of others to leave marks for it (`versions/snapshot.ts`). REPEATABLE
 *     READ and SERIALIZABLE take theirs before step 4 and keep it.
 *  6. It runs: it scans the versions that its snapshot shows (`versions/heap.ts`), and for each row that it wants to
 *     change it evaluates its condition, locks the row (`locks/row-lock.ts`), reads it again if it was changed meanwhile, and
 *     appends the new version.
 *  7. Each new key goes through the unique indexes (`locks/unique-key.ts`), which may wait for who has written the same.
 *  8. Wherever it must wait it is suspended. Who holds what it needs is read off the rows and queues (`locks/waits.ts`);
 *     when nobody does any more, it is woken and run again from its start with the answers that it has had
 *     (`session/access.ts`).
 *  9. At its end its changes become visible to the next statement of its transaction, and READ COMMITTED gives up the snapshot.
 * 10. An error takes the transaction back, or the innermost savepoint's part of it, and lets go of its locks at once.
 * 11. COMMIT settles the changes, marks them for those who have a snapshot, and lets go of the locks. The commit of an autocommit statement
 *     is a move of its own: between the two its rows are locked and nobody sees them.
 * 12. Versions that nobody can see any more are swept away, so that a database that comes back to where it was is equal.
 *
 *     SQL half: grammar, syntax, values, expressions, catalog, execution      concurrency half: versions, locks, session
 *                                    └───────────── execution/access.ts ─────────────┘
 */
export { loadGrammar } from "./grammar.ts";
export { createServer } from "./session/server.ts";
