/** boolean: the texts that stand for true and false. Source: bool.c (parse_bool_with_len). */
import { SqlError } from "../sql-error.ts";

export function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word !== "") {
    if ("true".startsWith(word) || "yes".startsWith(word) || word === "on" || word === "1") return true;
    if ("false".startsWith(word) || "no".startsWith(word) || word === "off" || word === "of" || word === "0")
      return false;
  }
  throw new SqlError("22P02", `invalid input syntax for type boolean: "${text}"`);
}
