// Sliders and switches, one for each threshold that the server names.

export class Controls {
  // place: where they go; thresholds: name, label, type, minimum ... as the server describes them;
  // onChange(): a value has changed.
  constructor(place, thresholds, onChange) {
    this.knobs = thresholds.map((threshold) => knob(threshold, onChange));
    place.replaceChildren(...this.knobs.map((each) => each.row));
  }

  // All values by their names, as the server takes them.
  get values() {
    return Object.fromEntries(this.knobs.map((each) => [each.threshold.name, each.value]));
  }

  // Those that are not the checkpoint's own, which `--set` starts from.
  get changes() {
    const changed = this.knobs.filter((each) => each.value !== each.threshold.own);
    return Object.fromEntries(changed.map((each) => [each.threshold.name, each.value]));
  }

  get moved() {
    return this.knobs.some((each) => each.value !== each.threshold.value);
  }

  reset() {
    for (const each of this.knobs) each.reset();
  }
}

function knob(threshold, onChange) {
  const made = threshold.type === "boolean" ? toggle(threshold) : slider(threshold);
  const show = () => {
    made.show();
    made.row.classList.toggle("moved", made.value !== threshold.value);
  };
  made.input.addEventListener("input", () => {
    show();
    onChange();
  });
  show();
  return {
    threshold,
    row: made.row,
    get value() {
      return made.value;
    },
    reset() {
      made.reset();
      show();
    },
  };
}

function slider(threshold) {
  const { row, input } = parts(threshold, "range");
  const output = document.createElement("output");
  const top = document.createElement("div");
  top.className = "top";
  top.append(label(threshold, input), output);
  row.append(top, input);
  output.htmlFor = input.id;
  Object.assign(input, { min: threshold.minimum, max: threshold.maximum, step: threshold.step });
  input.value = threshold.value;
  const digits = threshold.step < 1 ? 2 : 0;
  return {
    row,
    input,
    // What no step of the slider hits, such as 0.125, stays as it is until it is moved.
    get value() {
      const rests = input.value === String(start(threshold, input));
      return rests ? threshold.value : Number(input.value);
    },
    show() {
      output.textContent = this.value.toFixed(digits);
    },
    reset() {
      input.value = threshold.value;
    },
  };
}

function start(threshold, input) {
  const copy = input.cloneNode();
  copy.value = threshold.value;
  return copy.value;
}

function toggle(threshold) {
  const { row, input } = parts(threshold, "checkbox");
  row.classList.add("switch");
  const text = label(threshold, input);
  text.prepend(input);
  row.append(text);
  input.checked = threshold.value;
  return {
    row,
    input,
    get value() {
      return input.checked;
    },
    show() {},
    reset() {
      input.checked = threshold.value;
    },
  };
}

function parts(threshold, type) {
  const row = document.createElement("div");
  row.className = "threshold";
  row.title = `${threshold.description} (${threshold.name})`;
  const input = document.createElement("input");
  Object.assign(input, { type, id: threshold.name, name: threshold.name });
  input.setAttribute("aria-description", threshold.description);
  return { row, input };
}

function label(threshold, input) {
  const text = document.createElement("label");
  text.htmlFor = input.id;
  text.append(threshold.label);
  return text;
}
