// Asks as it is told, one command after the other, until the end of its input.
//   {"client": "openai_chat", "feature": "text", "url": ..., "model": ..., ...} -> {"ok": ...} or {"failed": ...}
import { Console } from "node:console";
import { createInterface } from "node:readline";

// What the clients have to say must not come between the answers.
globalThis.console = new Console(process.stderr);

async function answer({ client, feature, ...ask }) {
  const { [feature]: asking } = await import(`./clients/${client}.mjs`);
  try {
    return { ok: (await asking(ask)) ?? null };
  } catch (failure) {
    return { failed: String(failure?.stack ?? failure) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
