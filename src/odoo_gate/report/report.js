"use strict";
// Search, filters, sorting and deep links. The page says everything without this.
(() => {
  const byId = (id) => document.getElementById(id);
  const SHOWN = 200;
  let index = null;

  function results() {
    if (index) return index;
    index = [];
    for (const article of document.querySelectorAll("article.check")) {
      const check = article.dataset.check;
      for (const line of article.querySelectorAll(".lines > li")) add(check, line, line.className, line.querySelector(".target"), line.querySelector(".finding"));
      for (const row of article.querySelectorAll("table.passed > tbody > tr")) add(check, row, "passed", row.cells[0], null);
    }
    return index;
  }

  function add(check, element, outcome, target, finding) {
    const words = (check + " " + element.textContent).toLowerCase();
    index.push({ id: element.id, check, outcome, target, words, kind: outcome === "passed" && finding ? "found" : outcome });
  }

  const query = byId("query"), hits = byId("hits"), found = byId("found");
  const filters = [...document.querySelectorAll("[data-filter]")];

  function search() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = new Set(filters.filter((each) => each.getAttribute("aria-pressed") === "true").map((each) => each.dataset.filter));
    if (!words.length && !kinds.size) { hits.replaceChildren(); found.textContent = ""; return; }
    const all = results();
    const matching = all.filter((each) => (!kinds.size || kinds.has(each.kind)) && words.every((word) => each.words.includes(word)));
    hits.replaceChildren(...matching.slice(0, SHOWN).map(hit));
    const more = matching.length > SHOWN ? `, the first ${SHOWN} are shown` : "";
    found.textContent = `${matching.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} results${more}`;
  }

  function hit(result) {
    const item = document.createElement("li"), badge = document.createElement("span"), link = document.createElement("a");
    const check = document.createElement("span");
    badge.className = "outcome " + result.outcome;
    badge.textContent = result.outcome;
    link.href = "#" + result.id;
    link.className = "target";
    link.textContent = result.target.textContent;
    check.className = "soft";
    check.textContent = " " + result.check;
    item.append(badge, link, check);
    return item;
  }

  query.addEventListener("input", search);
  query.addEventListener("focus", results, { once: true });
  for (const button of filters) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      search();
    });
  }
  byId("tools").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, textarea")) { event.preventDefault(); query.focus(); }
  });

  function follow() {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.localName === "details") at.open = true;
    target.querySelector(":scope > details.clean")?.setAttribute("open", "");
    target.scrollIntoView();
  }
  addEventListener("hashchange", follow);
  if (location.hash) follow();

  const UNITS = { ms: 0.001, s: 1, min: 60, h: 3600, bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
  function weight(text) {
    const parts = [...text.replaceAll(",", "").matchAll(/([+-]?\d+(?:\.\d+)?)\s*([A-Za-z]*)/g)];
    return parts.length ? parts.reduce((sum, [, number, unit]) => sum + number * (UNITS[unit] ?? 1), 0) : -Infinity;
  }

  for (const table of document.querySelectorAll("table[data-sort]")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head, column));
    });
  }

  function sort(table, head, column) {
    const down = head.getAttribute("aria-sort") === "ascending";
    const text = (row) => row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows];
    const numeric = rows.every((row) => !text(row) || text(row) === "–" || /^[+-]?\d/.test(text(row)));
    const keyed = rows.map((row) => [numeric ? weight(text(row)) : text(row), row]);
    keyed.sort(([a], [b]) => (numeric ? a - b : a.localeCompare(b)) * (down ? -1 : 1));
    for (const each of head.parentElement.cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  }

  const payload = byId("signed-payload"), save = byId("save");
  if (payload && save && "DecompressionStream" in window) {
    save.hidden = false;
    save.addEventListener("click", async () => {
      const bytes = Uint8Array.from(atob(payload.textContent), (character) => character.charCodeAt(0));
      const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await new Response(plain).blob());
      link.download = "readiness.json";
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }
})();
