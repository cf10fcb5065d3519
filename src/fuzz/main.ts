/** `npm run fuzz`. The simulated server is loaded behind the profile, which knows nothing of what ran before it. */
import { BranchProfile } from "./branches/profile.ts";

const profile = await BranchProfile.start();
const { runCommand } = await import("./command.ts");
await runCommand(profile);
