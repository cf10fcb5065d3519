/** Which properties do not hold in a world. */
import type { Property, World } from "../../model/property.ts";
import { violationIn } from "../system/asked.ts";

/** A property that does not hold in a world, with its sentence on what is wrong. */
export interface Violation {
  readonly property: string;
  readonly message: string;
}

/** Every `always` property that does not hold in this world, in the order in which they are declared. */
export function violationsIn(properties: readonly Property[], world: World): readonly Violation[] {
  return properties.flatMap((property) => {
    const message = property.kind === "always" ? violationIn(property, world) : null;
    return message === null ? [] : [{ property: property.name, message }];
  });
}
