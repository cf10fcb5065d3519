/**
 * What the protocols of the scenario `editor` have in common: a buffer with text, a cursor and a way back, as its users see it.
 *
 *     documents
 *     id | text      | cursor | before | edited_by | locked_by
 *      1 | ''        |      0 | ''     | NULL      | NULL           free
 *      1 | 'alice'   |      5 | ''     | alice     | alice          she has typed her name; before that there was nothing
 *
 * An owner loads the text, types its name behind it, and may undo that. It saves as editors do: the whole text, from its own memory,
 * because nobody else writes while it owns. Its undo stack (here of one edit) is in its memory, too. The column `before` is the truth
 * that the stack ought to be: what the buffer said when the last edit came.
 *
 * An owner types once while it owns, and only where its name is not there yet, so that there are finitely many texts.
 */
import { type AnyStateMachine, assign, setup } from "xstate";
import type { Protocol, ProtocolInput, Query, ReplyEvent } from "../protocol.ts";

/** All that a client remembers; what it does not know is null. */
export interface EditorMemory {
  readonly client: string;
  readonly document: number | null;
  /** The text as it is on this client's screen. */
  readonly text: string | null;
  /** What undo goes back to; null where there is nothing to undo. */
  readonly undo: string | null;
  /** Where the client has put the cursor; null where it has not. */
  readonly cursor: number | null;
  /** What is on the screen after undo; null before. */
  readonly undone: string | null;
}

type EditorEvent =
  | { readonly type: "acquire"; readonly buffer: number }
  | { readonly type: "type" }
  | { readonly type: "undo" }
  | { readonly type: "release" }
  | ReplyEvent;

const NOTHING = { document: null, text: null, undo: null, cursor: null, undone: null };

/** What a client of this name knows at first. */
export function freshEditor(client: string): EditorMemory {
  return { client, ...NOTHING };
}

function typed({ client, text }: EditorMemory): string {
  return text === "" || text === null ? client : `${text} ${client}`;
}

/** The typed base of the machines. */
export const editorClient = setup({
  types: { context: {} as EditorMemory, events: {} as EditorEvent, input: {} as ProtocolInput },
  actions: {
    query: (_, params: Query) => {
      throw new Error(`nobody answers this machine's queries; provide the action "query" (asked: ${params.text})`);
    },
    choose: assign(({ event }) => (event.type === "acquire" ? { document: event.buffer } : {})),
    load: assign(({ event }) => ({ text: event.type === "rows" ? String(event.rows[0]?.["text"]) : null })),
    rememberEdit: assign(({ context }) => ({
      text: typed(context),
      undo: context.text,
      cursor: typed(context).length,
    })),
    rememberUndo: assign(({ context }) => ({
      text: context.undo,
      undone: context.undo,
      cursor: context.undo?.length ?? 0,
      undo: null,
    })),
    forget: assign(NOTHING),
  },
  guards: {
    isFree: ({ event }) => event.type === "rows" && event.rows[0]?.["locked_by"] === null,
    changedOneRow: ({ event }) => event.type === "rows" && event.rowCount === 1,
    mayType: ({ context }) => context.cursor === null && context.text?.includes(context.client) === false,
    mayUndo: ({ context }) => context.undo !== null,
  },
});

/** Reads who owns the document. */
export function lookAtOwner({ document }: EditorMemory): Query {
  return { text: "SELECT locked_by FROM documents WHERE id = $1", values: [document] };
}

/** Writes the client as the owner, whoever was there before. */
export function takeDocument({ client, document }: EditorMemory): Query {
  return { text: "UPDATE documents SET locked_by = $1 WHERE id = $2", values: [client, document] };
}

/** Takes the document while nobody owns it. */
export function takeFreeDocument({ client, document }: EditorMemory): Query {
  return {
    text: "UPDATE documents SET locked_by = $1 WHERE id = $2 AND locked_by IS NULL",
    values: [client, document],
  };
}

function loadText({ document }: EditorMemory): Query {
  return { text: "SELECT text FROM documents WHERE id = $1", values: [document] };
}

function saveEdit(memory: EditorMemory): Query {
  const text = typed(memory);
  return {
    text: "UPDATE documents SET text = $1, cursor = $2, before = text, edited_by = $3 WHERE id = $4",
    values: [text, text.length, memory.client, memory.document],
  };
}

function saveUndo({ undo, document }: EditorMemory): Query {
  return {
    text: "UPDATE documents SET text = $1, cursor = $2 WHERE id = $3",
    values: [undo, undo?.length ?? 0, document],
  };
}

function releaseDocument({ client, document }: EditorMemory): Query {
  return { text: "UPDATE documents SET locked_by = NULL WHERE id = $1 AND locked_by = $2", values: [document, client] };
}

/** Wants nothing until the user does; `first` is the state in which an attempt begins. */
export function editorIdleUntil<First extends string>(first: First) {
  return { entry: "forget", on: { acquire: { target: first, actions: "choose" } } } as const;
}

/** Asks with this statement, and goes on to loading where it has taken the document. */
export function takingDocument(statement: (memory: EditorMemory) => Query) {
  return editorClient.createStateConfig({
    entry: { type: "query", params: ({ context }) => statement(context) },
    on: { rows: [{ guard: "changedOneRow", target: "loading" }, { target: "idle" }], failed: "idle" },
  });
}

export const loading = editorClient.createStateConfig({
  entry: { type: "query", params: ({ context }) => loadText(context) },
  on: { rows: { target: "owning", actions: "load" }, failed: "releasing" },
});

/** Owns until the user decides otherwise. */
export const editing = editorClient.createStateConfig({
  on: {
    type: { guard: "mayType", target: "typing" },
    undo: { guard: "mayUndo", target: "undoing" },
    release: "releasing",
  },
});

export const typing = editorClient.createStateConfig({
  entry: { type: "query", params: ({ context }) => saveEdit(context) },
  on: { rows: { target: "owning", actions: "rememberEdit" }, failed: "releasing" },
});

export const undoing = editorClient.createStateConfig({
  entry: { type: "query", params: ({ context }) => saveUndo(context) },
  on: { rows: { target: "owning", actions: "rememberUndo" }, failed: "releasing" },
});

export const releasingDocument = editorClient.createStateConfig({
  entry: { type: "query", params: ({ context }) => releaseDocument(context) },
  on: { rows: "idle", failed: "idle" },
});

const REPLIES: readonly ReplyEvent[] = [
  { type: "rows", rows: [{ locked_by: null, text: "" }], rowCount: 1 },
  { type: "rows", rows: [{ locked_by: "somebody else", text: "somebody else" }], rowCount: 1 },
  { type: "rows", rows: [], rowCount: 0 },
  { type: "failed", sqlstate: "40001", message: "could not serialize access due to concurrent update" },
];

/** A protocol over the table `documents`; its owner edits. */
export function editorProtocol(
  description: Omit<Protocol, "userEvents" | "view" | "replies"> & { readonly machine: AnyStateMachine },
): Protocol {
  return {
    ...description,
    userEvents: (documents) => [
      ...documents.map((buffer) => ({ type: "acquire", buffer })),
      { type: "type" },
      { type: "undo" },
      { type: "release" },
    ],
    view: (snapshot) => {
      const { document, text, cursor, undone }: EditorMemory = snapshot.context;
      const owns = ["owning", "typing", "undoing"].some((state) => snapshot.matches(state));
      // While a statement is under way nobody can say what the table ought to hold.
      if (!snapshot.matches("owning")) return { owns: owns ? document : null, sees: null, cursor: null, undone: null };
      return { owns: document, sees: text, cursor, undone };
    },
    replies: REPLIES,
  };
}
