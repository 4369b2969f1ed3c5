// The server's answers. An error that it explains becomes a Refusal.

export class Refusal extends Error {
  constructor(status, error, detail) {
    super(detail);
    this.status = status;
    this.error = error;
  }
}

export const settings = () => ask("api/settings");

export const send = (file, values, signal) =>
  ask(`api/pictures?${query(values)}`, { method: "POST", body: file, signal });

export const again = (id, values, signal) => ask(`api/pictures/${id}?${query(values)}`, { signal });

export const forget = (id) => ask(`api/pictures/${id}`, { method: "DELETE" }).catch(() => null);

const query = (values) => new URLSearchParams(values).toString();

async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "unreachable", "The server does not answer. Is it still running?");
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refusal(response.status, answer.error, answer.detail ?? `Status ${response.status}.`);
}
