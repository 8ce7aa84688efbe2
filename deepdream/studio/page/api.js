// The server's API, and the one place where a refusal becomes a sentence on the page.
export class Refusal extends Error {}

export async function ask(path, { method = "GET", json, body } = {}) {
  const init = { method, body: json === undefined ? body : JSON.stringify(json) };
  let reply;
  try {
    reply = await fetch(path, init);
  } catch {
    throw new Refusal("The studio does not reply. Is it still running?");
  }
  if (!reply.ok) {
    const { message, advice } = await reply.json().catch(() => ({ message: `The studio replied ${reply.status}.` }));
    throw new Refusal(`${message} ${advice ?? ""}`.trim());
  }
  return reply;
}

export const read = async (path, init) => (await ask(path, init)).json();
export const post = (path, json = {}) => read(path, { method: "POST", json });

// A frame as soon as there is a newer one than `after`: {step, url}, or null.
export async function frame(path, after) {
  const reply = await ask(`${path}/frame?after=${after}`);
  if (reply.status === 204) return null;
  return { step: Number(reply.headers.get("X-Step")), url: URL.createObjectURL(await reply.blob()) };
}

const line = document.getElementById("message");

// Runs something that may be refused; the sentence is shown.
export function guarded(action) {
  return async (...given) => {
    try {
      line.textContent = "";
      return await action(...given);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      line.textContent = error.message;
    }
  };
}
