/**
 * Names that go into file names and onto the terminal: of scenarios, protocols, properties and clients. They are checked where they are
 * read, from a trace or from a module of the user's.
 */

const LENGTH_MAX = 100;
/** Separators of paths, what Windows has in no file name, and what begins an element in a page. */
const NOT_IN_FILES = /[/\\<>:"|?*]/;
/** Control characters, and those that change the direction of a text or that nobody sees. */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** What a name must be, for messages. */
export const NAME_RULE = `a name of 1 to ${LENGTH_MAX} characters that begins with a letter or a digit, without / \\ < > : " | ? *, "..", or control characters`;

/** Whether a name may be used. */
export function isName(name: string): boolean {
  return (
    name.length <= LENGTH_MAX &&
    /^[\p{L}\p{N}]/u.test(name) &&
    !/\s$/u.test(name) &&
    !name.includes("..") &&
    !NOT_IN_FILES.test(name) &&
    !NOT_SHOWN.test(name)
  );
}
