// The lines as rows, by falling score.

export class Table {
  // onPoint(index or null): the row of a line is pointed at, or its button has the focus;
  // onChoose(index): its button is pressed.
  constructor(body, onPoint, onChoose) {
    this.body = body;
    const row = (event) => event.target.closest("tr");
    for (const kind of ["pointerover", "focusin"]) {
      body.addEventListener(kind, (event) => onPoint(Number(row(event).dataset.index)));
    }
    body.addEventListener("click", (event) => {
      if (event.target.matches("button")) onChoose(Number(row(event).dataset.index));
    });
    for (const kind of ["pointerleave", "focusout"]) {
      body.addEventListener(kind, () => onPoint(null));
    }
  }

  draw(lines) {
    const held = this.body.contains(document.activeElement)
      ? Number(document.activeElement.closest("tr").dataset.index)
      : null;
    this.body.replaceChildren(...lines.map(made));
    if (held !== null) this.focus(Math.min(held, lines.length - 1));
  }

  mark(chosen) {
    for (const row of this.body.rows) {
      row.classList.toggle("on", Number(row.dataset.index) === chosen);
    }
  }

  focus(index) {
    this.body.rows[index]?.querySelector("button").focus();
  }
}

function made(line, index) {
  const row = document.createElement("tr");
  row.dataset.index = index;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: index + 1 });
  button.setAttribute("aria-label", `Line ${index + 1}: show it in the picture`);
  const score = cell(line.score.toFixed(3), "bar");
  const meter = document.createElement("meter");
  Object.assign(meter, { min: 0, max: 1, value: line.score, ariaHidden: "true" });
  score.append(meter);
  const points = [0, 2, 4, 6].map((k) => `${one(line.polygon[k])}, ${one(line.polygon[k + 1])}`);
  row.append(cell(button), score, cell(line.box.map(one).join(", ")), cell(points.join("  ·  ")));
  return row;
}

function cell(content, kind = "") {
  const made = document.createElement("td");
  made.className = kind;
  made.append(content);
  return made;
}

const one = (number) => number.toFixed(1);
