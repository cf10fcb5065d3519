/** Loads PostgreSQL's own grammar (libpg-query, WebAssembly). Must be awaited once before any SQL is parsed. */
import { loadModule } from "libpg-query";

export async function loadGrammar(): Promise<void> {
  await loadModule();
}
