// Search and filters. Values are only ever set as text, never as markup.
"use strict";

(function () {
  const STEP = 60;

  for (const element of document.querySelectorAll(".js")) element.hidden = false;

  const outlines = document.getElementById("outlines");
  if (outlines) {
    outlines.addEventListener("change", () =>
      document.body.classList.toggle("no-outlines", !outlines.checked));
  }

  for (const form of document.querySelectorAll("[data-filters]")) filterTable(form);

  const search = document.getElementById("search");
  if (search && window.FINDINGS) searchPage(search, window.FINDINGS);

  // The rows of a table that hold every word of the text, and have the severity.
  function filterTable(form) {
    const rows = [...document.getElementById(form.dataset.filters).tBodies[0].rows];
    const told = form.querySelector(".result");
    const update = () => {
      const wanted = words(form.elements.text.value);
      const severity = form.elements.severity.value;
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        const fits = (!severity || row.dataset.severity === severity) &&
          wanted.every((word) => text.includes(word));
        row.hidden = !fits;
        shown += fits;
      }
      told.textContent = `${shown} of ${rows.length} codes`;
    };
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    update();
  }

  // data: codes [name, severity, page], manifests [name], rows [code, manifest, severity, heading,
  // other image, where, message, value, address, thumbnail].
  function searchPage(form, data) {
    const results = document.getElementById("results");
    const more = document.getElementById("more");
    const told = form.querySelector(".result");
    const names = ["text", "severity", "code", "manifest"];
    const texts = data.rows.map((row) =>
      [data.codes[row[0]][0], ...row.slice(3, 8)].join(" ").toLowerCase());
    let found = [];
    let shown = 0;

    fill(form.elements.code, data.codes.map((code) => code[0]));
    fill(form.elements.manifest, data.manifests);
    fromAddress();
    form.addEventListener("input", () => { toAddress(); update(); });
    form.addEventListener("reset", () => setTimeout(() => { toAddress(); update(); }));
    form.addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("hashchange", () => { fromAddress(); update(); });
    more.addEventListener("click", () => {
      const first = shown;
      show();
      results.children[first].querySelector("a").focus();
    });
    update();

    function fromAddress() {
      const given = new URLSearchParams(location.hash.slice(1));
      for (const name of names) form.elements[name].value = given.get(name) || "";
    }

    function toAddress() {
      const given = new URLSearchParams();
      for (const name of names) {
        if (form.elements[name].value) given.set(name, form.elements[name].value);
      }
      history.replaceState(null, "", `#${given}`);
    }

    function update() {
      const wanted = words(form.elements.text.value);
      const severity = form.elements.severity.value;
      const code = form.elements.code.selectedIndex - 1;
      const manifest = form.elements.manifest.selectedIndex - 1;
      found = data.rows.filter((row, place) =>
        (!severity || row[2] === severity) && (code < 0 || row[0] === code) &&
        (manifest < 0 || row[1] === manifest) &&
        wanted.every((word) => texts[place].includes(word)));
      const number = found.length.toLocaleString("en");
      told.textContent = `${number} of ${data.rows.length.toLocaleString("en")} findings`;
      results.replaceChildren();
      shown = 0;
      show();
    }

    function show() {
      for (const row of found.slice(shown, shown + STEP)) results.append(entry(row));
      shown = Math.min(shown + STEP, found.length);
      more.hidden = shown >= found.length;
    }

    function entry(row) {
      const [code, manifest, severity, heading, other, where, message, value, address, thumb] = row;
      const item = document.createElement("li");
      const picture = add(item, "div", "");
      if (thumb) {
        const image = add(picture, "img", "");
        image.loading = "lazy";
        image.alt = "";
        image.src = `thumbs/${thumb}`;
      }
      const text = add(item, "div", "");
      const first = add(text, "p", "");
      const badge = add(first, "span", severity);
      badge.className = `badge ${severity}`;
      first.append(" ", data.codes[code][0], " ");
      const link = add(first, "a", heading);
      link.href = address;
      if (other) first.append(" and ", other);
      add(text, "p", message);
      const parts = [data.manifests[manifest], value === "–" ? "" : value, where].filter(Boolean);
      add(text, "p", parts.join(" · ")).className = "where";
      return item;
    }
  }

  function words(text) {
    return text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  function fill(select, values) {
    for (const value of values) select.add(new Option(value, value));
  }

  function add(parent, tag, text) {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  }
})();
