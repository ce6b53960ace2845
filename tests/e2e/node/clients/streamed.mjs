// What is shown of a streamed text, however its client reads it.

/** What a client gathered of its call. */
export const toolCall = (name, json) => ({ name, arguments: JSON.parse(json || "{}") });

/** `pieces(ask)` yields a text as it comes; `isTold(failure)` says whether the server told of it. */
export function streamed(pieces, isTold) {
  return {
    text: (ask) => joined(pieces(ask)),
    error: (ask) => statusOf(pieces(ask)),
    cut: (ask) => textBefore(pieces(ask), isTold),
    stop: (ask) => leave((signal) => pieces({ ...ask, signal })),
  };
}

export async function joined(pieces) {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

async function statusOf(pieces) {
  const { text, failure } = await failed(pieces);
  const status = failure.status ?? failure.statusCode;
  if (text || status === undefined) throw failure;
  return status;
}

async function textBefore(pieces, isTold) {
  const { text, failure } = await failed(pieces);
  if (!isTold(failure)) throw failure;
  return text;
}

async function failed(pieces) {
  let text = "";
  try {
    for await (const piece of pieces) text += piece;
  } catch (failure) {
    return { text, failure };
  }
  throw new Error(`nothing was raised after: ${text}`);
}

async function leave(start) {
  const controller = new AbortController();
  try {
    for await (const piece of start(controller.signal)) if (piece) controller.abort();
  } catch (failure) {
    if (!controller.signal.aborted) throw failure;
  }
  if (!controller.signal.aborted) throw new Error("no text came");
}
