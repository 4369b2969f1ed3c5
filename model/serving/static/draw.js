// Slices, proposals and lines over the picture, as one SVG in the picture's own pixels.

const SVG = "http://www.w3.org/2000/svg";
const SHADES = 20;
const STEP = 0.75 / SHADES; // of opacity: a score of 1 leaves the picture visible
const LOW = 8; // px on the screen: the numbers of lower lines would cover their neighbours

export class Overlay {
  // svg: the element; onPoint(index or null): a line is pointed at; onChoose(index): it is clicked.
  constructor(svg, onPoint, onChoose) {
    this.svg = svg;
    this.groups = {};
    for (const name of ["slices", "proposals", "lines"]) {
      this.groups[name] = svg.appendChild(element("g", { class: `${name}-layer` }));
    }
    const { lines } = this.groups;
    this.numbers = svg.appendChild(element("g", { class: "lines-layer numbers" }));
    new ResizeObserver(() => this.scale()).observe(svg);
    lines.addEventListener("pointerover", (event) => onPoint(index(event)));
    lines.addEventListener("pointerout", () => onPoint(null));
    lines.addEventListener("click", (event) => onChoose(index(event)));
  }

  clear() {
    for (const group of Object.values(this.groups)) group.replaceChildren();
    this.numbers.replaceChildren();
    this.svg.setAttribute("aria-label", "Nothing found yet");
  }

  draw(found) {
    this.svg.setAttribute("viewBox", `0 0 ${found.width} ${found.height}`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("aria-label", `${found.lines.length} text lines, listed in the table`);
    this.groups.slices.replaceChildren(...shaded(found.slices));
    const outlines = found.proposals.map(box).join("");
    this.groups.proposals.replaceChildren(element("path", { class: "proposals", d: outlines }));
    this.groups.lines.replaceChildren(...found.lines.map(polygon));
    this.numbers.replaceChildren(...found.lines.map(number));
    this.width = found.width;
    this.scale();
  }

  // Numbers keep their size on the screen, however large the picture is shown.
  scale() {
    const pixel = (this.width ?? 1) / (this.svg.getBoundingClientRect().width || 1);
    this.svg.style.setProperty("--pixel", `${pixel}px`);
    for (const each of this.numbers.children) {
      each.classList.toggle("low", Number(each.dataset.height) < LOW * pixel);
    }
  }

  mark(chosen) {
    for (const line of [...this.groups.lines.children, ...this.numbers.children]) {
      line.classList.toggle("on", Number(line.dataset.index) === chosen);
    }
  }
}

// One path for each shade: a thousand slices are twenty elements.
function shaded(slices) {
  const shades = Array.from({ length: SHADES + 1 }, () => []);
  for (const slice of slices) shades[Math.round(slice[4] * SHADES)].push(box(slice));
  return shades.flatMap((boxes, shade) =>
    boxes.length
      ? [element("path", { class: "slices", d: boxes.join(""), "fill-opacity": shade * STEP })]
      : [],
  );
}

const box = ([left, top, right, bottom]) => `M${left} ${top}H${right}V${bottom}H${left}Z`;

function polygon(line, index) {
  const shape = element("polygon", { class: "line", points: line.polygon.join(" ") });
  shape.dataset.index = index;
  return shape;
}

// Of the table's row, above the line's first corner.
function number(line, index) {
  const [x, y, , , , , , bottom] = line.polygon;
  const text = element("text", { class: "number", x, y });
  Object.assign(text.dataset, { index, height: bottom - y });
  text.textContent = index + 1;
  return text;
}

const index = (event) => Number(event.target.dataset.index);

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
