/** What the exit statuses mean; the same for every command. */
export const EXIT = {
  /** The property holds, the trace was reproduced, the command did what it was asked. */
  ok: 0,
  /** A property is violated, or a replay differs. */
  violated: 1,
  /** The command line, a file or the SQL is not what it should be; nothing was changed. */
  usage: 2,
  /** A bound was reached, or the trace cannot be forced on a real server: no verdict. */
  inconclusive: 3,
  /** Interrupted; what had been found so far was printed. */
  interrupted: 130,
  /** A fault of lockstep itself (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Standard output cannot be written to: what was found could not be told (EX_IOERR). */
  output: 74,
} as const;
