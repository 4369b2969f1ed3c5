// What was found by hand, as text that the commands read.

// thresholds: name -> value; about: the checkpoint and its digest. No scores stand behind a choice
// by hand, and the file says so.
export function yaml(thresholds, about) {
  const groups = {};
  for (const [name, value] of Object.entries(thresholds)) {
    const [group, key] = name.split(".");
    (groups[group] ??= []).push(`  ${key}: ${value}`);
  }
  const blocks = Object.entries(groups).map(([group, keys]) => `${group}:\n${keys.join("\n")}\n`);
  const digest = `  checkpoint_sha256: "${about.checkpoint_sha256}"`;
  return `${blocks.join("")}chosen:\n  by: hand\n${digest}\n`;
}

export function set(changes) {
  const words = Object.entries(changes).map(([name, value]) => `${name}=${value}`);
  return words.length ? `--set ${words.join(" ")}` : "";
}

// The text goes to the clipboard where the browser lets it; else it is shown, chosen, to copy.
export async function copy(text, area) {
  area.value = text;
  area.hidden = false;
  area.rows = Math.min(14, Math.max(2, text.split("\n").length + 1));
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    area.focus();
    area.select();
    return false;
  }
}

export function download(name, value) {
  const address = URL.createObjectURL(
    new Blob([JSON.stringify(value, null, 2), "\n"], { type: "application/json" }),
  );
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
