/** Every case, by subject. */
import { accounts } from "./accounts.ts";
import { leases } from "./leases.ts";
import { locks } from "./locks.ts";
import type { PublicCase } from "./public-case.ts";
import { queues } from "./queues.ts";
import { records } from "./records.ts";

export const publicCases: readonly PublicCase[] = [...queues, ...leases, ...locks, ...accounts, ...records];
