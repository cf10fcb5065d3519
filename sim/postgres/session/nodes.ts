/** Reading the few parse-tree shapes that sessions need: options and constants. */

interface ConstantNode {
  readonly A_Const?: {
    readonly isnull?: boolean;
    readonly sval?: { readonly sval?: string };
    readonly ival?: { readonly ival?: number };
    readonly fval?: { readonly fval?: string };
    readonly boolval?: { readonly boolval?: boolean };
  };
  readonly TypeCast?: { readonly arg: unknown };
}

/** A constant as text. Zero, false and the empty string have no field of their own in the tree. */
export function literal(node: unknown): string {
  const { A_Const: constant, TypeCast: cast } = node as ConstantNode;
  if (cast) return literal(cast.arg);
  if (constant?.sval) return constant.sval.sval ?? "";
  if (constant?.ival) return String(constant.ival.ival ?? 0);
  if (constant?.fval) return constant.fval.fval ?? "0";
  return constant?.boolval?.boolval ? "on" : "off";
}

/** The options of BEGIN and SET TRANSACTION: name and constant. */
export function optionsOf(nodes: readonly unknown[]): readonly { readonly name: string; readonly value: unknown }[] {
  return nodes.map((node) => {
    const { DefElem: element } = node as { readonly DefElem: { readonly defname: string; readonly arg: unknown } };
    return { name: element.defname, value: element.arg };
  });
}

const STRENGTHS: Readonly<Record<string, string>> = {
  LCS_FORKEYSHARE: "FOR KEY SHARE",
  LCS_FORSHARE: "FOR SHARE",
  LCS_FORNOKEYUPDATE: "FOR NO KEY UPDATE",
  LCS_FORUPDATE: "FOR UPDATE",
};

/** The words of the statement's first locking clause, wherever it stands: FOR UPDATE. */
export function lockingWords(node: unknown): string {
  return STRENGTHS[firstStrength(node) ?? ""] ?? "FOR UPDATE";
}

function firstStrength(node: unknown): string | null {
  if (typeof node !== "object" || node === null) return null;
  const { LockingClause: clause } = node as { readonly LockingClause?: { readonly strength: string } };
  if (clause !== undefined) return clause.strength;
  const { withClause, ...rest } = node as Readonly<Record<string, unknown>>;
  for (const child of [withClause, ...Object.values(rest)]) {
    const found = firstStrength(child);
    if (found !== null) return found;
  }
  return null;
}
